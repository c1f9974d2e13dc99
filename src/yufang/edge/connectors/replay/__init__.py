"""Replay of a CSV file: as fast as it was, faster, or at once; event times are kept."""

from yufang.edge.connectors.replay.connector import ReplayConnector, ReplaySettings, make

__all__ = ["ReplayConnector", "ReplaySettings", "make"]
