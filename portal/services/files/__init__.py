"""Files handed over: sheets read cell by cell, uploads, and the jobs that process them."""
