"""Detectors over readings: one contract, one battery, state in arrays.

    engine = Engine.from_config(yaml.safe_load(text), channels)
    events = engine.update(engine.translate(batch, keys))

See docs/sensing/detectors.md. What tests need (`check_detector`) stands in `yufang.sensing.detectors.check`.
"""

from yufang.sensing.detectors.contract import Detector, Event, Snapshot
from yufang.sensing.detectors.engine import DETECTORS, Engine
from yufang.sensing.detectors.errors import DetectorError

__all__ = ["DETECTORS", "Detector", "DetectorError", "Engine", "Event", "Snapshot"]
