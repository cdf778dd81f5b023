"""Measured performance: ``make bench``. Figures are ratios within one run; tests never time things."""
