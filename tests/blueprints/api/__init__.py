"""The API as a company's own system sees it: every answer is held to the document."""
