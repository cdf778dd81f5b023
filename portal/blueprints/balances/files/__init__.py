"""The account as files: CSV, workbook, and the statement of a month."""
