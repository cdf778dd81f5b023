"""General market information: published tariffs and the publication of new ones (guide step 3)."""

from .tariffs import (
    FIELDS,
    MonthTariffs,
    PublishedMonth,
    digest_figures,
    find_newest_month,
    list_file_rows,
    list_published_months,
    load_month,
    read_packaged_figures,
    seed,
)

__all__ = [
    "FIELDS",
    "MonthTariffs",
    "PublishedMonth",
    "digest_figures",
    "find_newest_month",
    "list_file_rows",
    "list_published_months",
    "load_month",
    "read_packaged_figures",
    "seed",
]
