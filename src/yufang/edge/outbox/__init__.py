"""The durable outbox: what the node has seen stays until the platform has it."""

from yufang.edge.outbox.store import Figures, OpenEpisode, Outbox, OutboxFull, Pending

__all__ = ["Figures", "OpenEpisode", "Outbox", "OutboxFull", "Pending"]
