"""An append-only log that can prove what it holds: a Merkle tree after RFC 6962 over canonical JSON, kept as
tiles and signed by the C2SP specifications (signed-note, tlog-checkpoint, -tiles, -cosignature, -witness, -proof).
"""

from yufang.ledger.canonical import canonical
from yufang.ledger.log import Checkpoint, Export, ExportError, VerifyReport, as_hash, read_export, verify, write_export
from yufang.ledger.merkle import (
    EMPTY_ROOT,
    CompactRange,
    Tree,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)
from yufang.ledger.retention import RetentionRule, retention_rules

__all__ = [
    "EMPTY_ROOT",
    "Checkpoint",
    "CompactRange",
    "Export",
    "ExportError",
    "RetentionRule",
    "Tree",
    "VerifyReport",
    "as_hash",
    "canonical",
    "leaf_hash",
    "node_hash",
    "read_export",
    "retention_rules",
    "verify",
    "verify_consistency",
    "verify_inclusion",
    "write_export",
]
