"""The pages about tokens, and the calendar that one of them publishes."""
