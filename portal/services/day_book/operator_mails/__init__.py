"""What operators asked to be told by mail about the books of the days, gathered, and each occurrence told once."""

from .messages import choose, chosen, post_due

__all__ = ["choose", "chosen", "post_due"]
