"""The main job over all rooms of floor 1, its results on disk and its report."""

from yufang.run.pipeline import STAGES, RunError, RunOutcome, run
from yufang.run.report import newest_profiles, write_report
from yufang.run.results import RunResults

__all__ = ["STAGES", "RunError", "RunOutcome", "RunResults", "newest_profiles", "run", "write_report"]
