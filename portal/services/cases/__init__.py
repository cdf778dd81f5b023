"""What customers disagree with or ask, each with its term."""
