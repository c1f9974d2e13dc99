"""The made-up region: its hidden truth, its records as agencies hand them over, and the check against the truth."""

from yufang.demo.check import check
from yufang.demo.files import RegionFiles, write_region

__all__ = ["RegionFiles", "check", "write_region"]
