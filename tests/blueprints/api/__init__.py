"""API as a company's own system sees it; every answer is validated against the OpenAPI document."""
