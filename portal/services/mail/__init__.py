"""Mail to customers: letters to a company's contacts, by the topics each one wants."""

from . import contacts, delivery, letters, outbox, outbox_desk, smtp
from .contacts import Topic, add, change, deduplicate, list_addresses, list_companies, list_contacts, remove
from .letters import Letter, post, post_once

__all__ = [
    "Letter",
    "Topic",
    "add",
    "change",
    "contacts",
    "deduplicate",
    "delivery",
    "letters",
    "list_addresses",
    "list_companies",
    "list_contacts",
    "outbox",
    "outbox_desk",
    "post",
    "post_once",
    "remove",
    "smtp",
]
