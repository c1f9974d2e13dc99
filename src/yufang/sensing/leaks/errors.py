"""What can be wrong with a leak detector's configuration: the message and the way out."""

from __future__ import annotations

from yufang.sensing.errors import SensingError

# code → (message zh, message en, way out zh, way out en); the fields in braces are filled by the raiser.
_TEXTS: dict[str, tuple[str, str, str, str]] = {
    "bad_value": (
        "泄漏检测“{detector}”的 {field} 不能是 {value}：须为 {rule_zh}",
        "leak detector {detector!r}: {field} cannot be {value!r}: it has to be {rule}",
        "改正该值，各字段见 docs/sensing/leaks.md",
        "correct it; docs/sensing/leaks.md lists every field",
    ),
    "unknown_field": (
        "泄漏检测“{detector}”没有字段“{field}”",
        "leak detector {detector!r} has no field {field!r}",
        "可用字段：{known}",
        "it has: {known}",
    ),
    "bad_channel_index": (
        "第 {index} 条读数的通道序号 {value} 不在 0 到 {last} 之间",
        "reading {index}: its channel {value} is not between 0 and {last}",
        "先把批次的通道键对到本检测器的通道",
        "translate the batch's keys into the detector's channels first",
    ),
    "bad_snapshot": (
        "泄漏检测“{detector}”的快照放不回去：{field} 缺失或形状不符",
        "the snapshot of leak detector {detector!r} cannot be put back: {field} is missing or of another shape",
        "用同一配置存下的快照，或不带快照重新开始",
        "use one that was stored with the same configuration, or start without one",
    ),
}


class LeakError(SensingError):
    """A configuration, batch or snapshot that cannot be taken; as SensingError, with texts of its own."""

    def __init__(self, code: str, **fields: object) -> None:
        message_zh, message, way_zh, way = (text.format(**fields) for text in _TEXTS[code])
        ValueError.__init__(self, message)
        self.code = code
        self.fields = fields
        self.message = message
        self.way_out = way
        self.zh = (message_zh, way_zh)
