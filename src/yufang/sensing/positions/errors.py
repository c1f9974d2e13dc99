"""What can be wrong with a tag, an anchor, a zone or a measurement: the message and the way out, in both languages."""

from __future__ import annotations

from yufang.sensing.errors import SensingError

# code → (message zh, message en, way out zh, way out en)
_TEXTS: dict[str, tuple[str, str, str, str]] = {
    "bad_value": (
        "{what} 的 {field} 不能是 {value}：须为 {rule}",
        "{what}: {field} cannot be {value!r}: it has to be {rule}",
        "改正该值，各字段见 docs/sensing/positions.md",
        "correct it; docs/sensing/positions.md lists every field",
    ),
    "unknown_field": (
        "{what} 没有字段 {field}",
        "{what} has no field {field!r}",
        "可用字段：{known}",
        "it has: {known}",
    ),
    "same_key": (
        "有两个{what}的键都是“{key}”",
        "two of {what} share the key {key!r}",
        "给其中一个另起键",
        "give one of them another key",
    ),
    "unknown_key": (
        "{what}：没有“{key}”",
        "{what}: there is no {key!r}",
        "可用：{known}",
        "there are: {known}",
    ),
    "bad_polygon": (
        "区域 {key} 的边界不成多边形：{reason_zh}",
        "the outline of zone {key!r} is no polygon: {reason_en}",
        "按顺序给出至少三个不同的角点，单位为米，边不相交",
        "give at least three different corners in order, in metres, with no two sides crossing",
    ),
    "bad_snapshot": (
        "定位快照放不回去：{reason_zh}",
        "the snapshot of positions cannot be put back: {reason_en}",
        "用同一版本、同一配置存下的快照，或不带快照重新开始",
        "use one that the same version stored of the same configuration, or start without one",
    ),
}


class PositionError(SensingError):
    """As SensingError, with the texts of positions."""

    def __init__(self, code: str, **fields: object) -> None:
        message_zh, message, way_zh, way = (text.format(**fields) for text in _TEXTS[code])
        ValueError.__init__(self, message)
        self.code = code
        self.fields = fields
        self.message = message
        self.way_out = way
        self.zh = (message_zh, way_zh)
