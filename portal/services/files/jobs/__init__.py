"""Jobs: work too long for a page, requested there, done by the worker one after the other."""

from . import leases, runs
from .leases import LEASE, MOST_ATTEMPTS
from .progress import Stage, read
from .requests import JobView, add, list_all_jobs, list_jobs, list_recent, load, retry
from .runs import Do, Ran, Runner, Work, is_waiting, run_next

__all__ = [
    "LEASE",
    "MOST_ATTEMPTS",
    "Do",
    "JobView",
    "Ran",
    "Runner",
    "Stage",
    "Work",
    "add",
    "is_waiting",
    "leases",
    "list_all_jobs",
    "list_jobs",
    "list_recent",
    "load",
    "read",
    "retry",
    "run_next",
    "runs",
]
