"""Process that serves the application, and the front before its threads."""
