"""Mail to customers: letters to a company's contacts, by the topics each one wants."""

from . import contacts, delivery, inbox, letters, message_ids, outbox, outbox_desk, receipt_mails, smtp
from .contacts import (
    DEFAULT_TOPICS,
    Topic,
    add,
    change,
    deduplicate,
    list_addresses,
    list_companies,
    list_contacts,
    remove,
    select_addresses,
)
from .letters import Letter, post, post_as_data, post_once

__all__ = [
    "DEFAULT_TOPICS",
    "Letter",
    "Topic",
    "add",
    "change",
    "contacts",
    "deduplicate",
    "delivery",
    "inbox",
    "letters",
    "list_addresses",
    "list_companies",
    "list_contacts",
    "message_ids",
    "outbox",
    "outbox_desk",
    "post",
    "post_as_data",
    "post_once",
    "receipt_mails",
    "remove",
    "select_addresses",
    "smtp",
]
