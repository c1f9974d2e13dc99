"""How readings travel: Arrow IPC and JSON, both ways, with what could not be read named.

`pyarrow` is imported only where Arrow is read or written (about 25 MB resident).
"""

from yufang.sensing.readings import UNUSABLE, Batch, Quality, Readings
from yufang.sensing.wire_arrow import from_arrow_ipc, to_arrow_ipc
from yufang.sensing.wire_json import from_json, to_json
from yufang.sensing.wire_limits import MAX_BYTES, MAX_EVENTS, MAX_KEYS, MAX_READINGS

__all__ = [
    "MAX_BYTES",
    "MAX_EVENTS",
    "MAX_KEYS",
    "MAX_READINGS",
    "UNUSABLE",
    "Batch",
    "Quality",
    "Readings",
    "from_arrow_ipc",
    "from_json",
    "to_arrow_ipc",
    "to_json",
]
