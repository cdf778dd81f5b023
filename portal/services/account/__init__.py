"""Account pages and files: sheet, year, news, sources of figures, statements."""
