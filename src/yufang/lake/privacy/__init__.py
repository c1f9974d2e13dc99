"""Personal data in narratives: found with a reason, masked, and given back only to whoever holds the key."""

from yufang.lake.privacy.contracts import KINDS, LABELS, Found, Kind
from yufang.lake.privacy.finding import find_in_all, find_personal
from yufang.lake.privacy.masking import mask, mask_whole, redact, unmask
from yufang.lake.privacy.vault import Vault, apart, key_id, make_key, read_key

__all__ = [
    "KINDS",
    "LABELS",
    "Found",
    "Kind",
    "Vault",
    "apart",
    "find_in_all",
    "find_personal",
    "key_id",
    "make_key",
    "mask",
    "mask_whole",
    "read_key",
    "redact",
    "unmask",
]
