"""What goes first when the disk has no more room: the oldest raw readings, by rules that the batch then tells.

A batch spans some seconds (`batch_s`). Its levels:

    0  as measured
    1  of each channel the lowest and the highest reading of the batch, with their own times
    2  of each channel the highest reading
    3  the highest reading of each channel in every sixth batch
    4  none: the record of the thinning says how many there were

Flagged readings count like others; a reading that is no number is kept only at level 0. Events are in batches of their
own and are never thinned. Half of the room is for level 0, a quarter for level 1, an eighth for level 2, a sixteenth
for level 3, so that the newest readings are the fullest.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from yufang.edge.batches import EdgeBatch, key_table
from yufang.sensing.readings import Quality, Readings

LAST_LEVEL = 4
SHARES = (0.5, 0.25, 0.125, 0.0625)  # of the room, of the levels that still hold readings
_EVERY = 6
RULES = {1: "lowest and highest", 2: "highest", 3: "highest of every sixth batch", 4: "none"}


def thinned(batch: EdgeBatch, level: int, at_us: int) -> EdgeBatch:
    """`batch` at a higher level, with the record of it. Every reading kept is one that was measured."""
    found = batch.readings
    if level >= LAST_LEVEL or (level == 3 and batch.sequence % _EVERY):
        kept = np.zeros(0, np.intp)
    else:
        kept = _extremes(found, lowest=level == 1)
    chosen = found.take(kept)
    flag = chosen.flag | np.uint16(Quality.THINNED)
    less, keys = key_table(Readings.of(chosen.channel, chosen.time, chosen.value, flag, chosen.raw), batch.keys)
    record = {
        "level": level,
        "rule": RULES[level],
        "kept": len(less),
        "dropped": len(found) - len(less),
        "at_us": at_us,
    }
    return replace(batch, readings=less, keys=keys, thinning=(*batch.thinning, record))


def _extremes(found: Readings, *, lowest: bool) -> npt.NDArray[np.intp]:
    """Positions, in their order, of each channel's highest (and lowest) reading."""
    finite = np.flatnonzero(np.isfinite(found.value))
    if not len(finite):
        return np.zeros(0, np.intp)
    order = finite[np.lexsort((found.time[finite], found.value[finite], found.channel[finite]))]
    channel = found.channel[order]
    ends = np.flatnonzero(np.append(channel[1:] != channel[:-1], True))
    kept = order[ends]
    if lowest:
        starts = np.append(0, ends[:-1] + 1)
        kept = np.union1d(kept, order[starts])
    return np.sort(kept)


def level_to_thin(bytes_by_level: dict[int, int]) -> int | None:
    """The level whose oldest batch is thinned next: the least thinned that holds more than its share of all bytes,
    else the least thinned that holds any; None where no readings are left."""
    levels = [level for level in range(LAST_LEVEL) if bytes_by_level.get(level, 0) > 0]
    everything = sum(bytes_by_level[level] for level in levels)
    for level in levels:
        if bytes_by_level[level] > SHARES[level] * everything:
            return level
    return levels[0] if levels else None
