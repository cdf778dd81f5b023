"""Registration, signing in and out, verification, reset and the account page."""
