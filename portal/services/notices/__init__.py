"""What customers are told by mail: letters to the contacts of a company, by what each wants to hear of."""

from .contacts import Topic, add, addresses, change, companies_of, of_company, once, remove
from .cuts import post_cut, post_lifted
from .letters import Letter
from .posting import post, post_once

__all__ = [
    "Letter",
    "Topic",
    "add",
    "addresses",
    "change",
    "companies_of",
    "of_company",
    "once",
    "post",
    "post_cut",
    "post_lifted",
    "post_once",
    "remove",
]
