"""The account as its readers see it: sheet, year, news, reasons, files."""
