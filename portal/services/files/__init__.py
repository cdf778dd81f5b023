"""Files as they come: sheets read cell by cell, uploads, and the jobs that work on them."""
