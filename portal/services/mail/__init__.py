"""Mail to customers: letters to a company's contacts, by the topics each one wants."""

from . import contacts, delivery, letters, outbox, outbox_desk, smtp
from .contacts import Topic, add, addresses, change, companies_of, of_company, once, remove
from .letters import Letter, post, post_once

__all__ = [
    "Letter",
    "Topic",
    "add",
    "addresses",
    "change",
    "companies_of",
    "contacts",
    "delivery",
    "letters",
    "of_company",
    "once",
    "outbox",
    "outbox_desk",
    "post",
    "post_once",
    "remove",
    "smtp",
]
