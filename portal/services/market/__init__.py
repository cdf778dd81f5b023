"""General market information: published tariffs and heating values (guide step 3)."""

from .heating_values import (
    DayValue,
    Gate,
    GateMonth,
    find_gate,
    find_value_of_day,
    list_gates,
    list_values,
    load_gate_month,
)
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
    "DayValue",
    "Gate",
    "GateMonth",
    "MonthTariffs",
    "PublishedMonth",
    "digest_figures",
    "find_gate",
    "find_newest_month",
    "find_value_of_day",
    "list_file_rows",
    "list_gates",
    "list_published_months",
    "list_values",
    "load_gate_month",
    "load_month",
    "read_packaged_figures",
    "seed",
]
