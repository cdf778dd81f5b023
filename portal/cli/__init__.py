"""The portal's commands: parse, call a service, print."""
