"""Spanish words by subject, for pages, mails, papers and files."""
