"""The frame of a request: who may, what is answered, what went wrong."""
