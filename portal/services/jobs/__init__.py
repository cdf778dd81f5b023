"""Work too long for the answer of a page: asked for there, done by the worker, one after the other."""

from .asking import JobView, add, all_of_them, listed, load
from .progress import FOLDER, Stage, read
from .running import Do, Ran, Runner, Work, run_next

__all__ = [
    "FOLDER",
    "Do",
    "JobView",
    "Ran",
    "Runner",
    "Stage",
    "Work",
    "add",
    "all_of_them",
    "listed",
    "load",
    "read",
    "run_next",
]
