"""What the ledger's leaves of this room say: ids, counts and hashes."""

from __future__ import annotations

from typing import Any

from yufang.server.sensing.models import Batch


def batch_facts(batch: Batch) -> dict[str, Any]:
    """Facts of a batch: who sent it as which of its messages, the hash of its bytes, and what was taken of it."""
    return {
        "source": batch.source.name,
        "sequence": batch.sequence,
        "sha256": batch.sha256,
        "readings": batch.readings,
        "events": batch.events,
        "refused": batch.refused,
    }
