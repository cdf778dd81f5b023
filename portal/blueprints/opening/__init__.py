"""Opening of an account: modality, web key, EDS or plant, numeric key (guide steps 8 to 12, 15 to 17)."""

from . import company_keys, delivery_points, modalities, numeric_keys, web_keys

__all__ = ["company_keys", "delivery_points", "modalities", "numeric_keys", "web_keys"]
