"""yufang 预防: from injury cases, hazard records and live signals to explained, tiered warnings."""

__version__ = "0.2.0.dev0"
