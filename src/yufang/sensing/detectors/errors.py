"""What can be wrong with a detector's configuration, a batch or a snapshot: the message and the way out."""

from __future__ import annotations

from yufang.sensing.errors import SensingError

# code → (message zh, message en, way out zh, way out en); the fields in braces are filled by the raiser.
_TEXTS: dict[str, tuple[str, str, str, str]] = {
    "unknown_field": (
        "检测器“{detector}”没有字段“{field}”",
        "detector {detector!r} has no field {field!r}",
        "可用字段：{known}",
        "it has: {known}",
    ),
    "bad_value": (
        "检测器“{detector}”的 {field} 不能是 {value}：须为 {rule}",
        "detector {detector!r}: {field} cannot be {value!r}: it has to be {rule}",
        "改正该值，各字段见 docs/sensing/detectors.md",
        "correct it; docs/sensing/detectors.md lists every field",
    ),
    "unknown_kind": (
        "没有“{kind}”这种检测器",
        "there is no detector of kind {kind!r}",
        "可用种类：{known}",
        "there are: {known}",
    ),
    "bad_config": (
        "检测器配置的 {field} 不对：{reason_zh}",
        "the configuration of detectors: {field} {reason_en}",
        "按 docs/sensing/detectors.md 的例子改正",
        "correct it after the example in docs/sensing/detectors.md",
    ),
    "same_name": (
        "两个检测器同名：“{name}”",
        "two detectors share the name {name!r}",
        "给其中一个另起 name",
        "give one of them another name",
    ),
    "bad_channel_index": (
        "第 {index} 条读数的通道序号 {value} 不在 0 到 {last} 之间",
        "reading {index}: its channel {value} is not between 0 and {last}",
        "先用 Engine.translate 把批次的通道键对到本引擎的通道",
        "translate the batch's keys into the engine's channels first (Engine.translate)",
    ),
    "bad_snapshot": (
        "检测器“{detector}”的快照放不回去：{reason_zh}",
        "the snapshot of detector {detector!r} cannot be put back: {reason_en}",
        "用同一版本、同一配置存下的快照，或不带快照重新开始",
        "use one that the same version stored of the same configuration, or start without one",
    ),
    "no_numba": (
        "没有安装 numba，不能用 jit",
        "numba is not installed, so jit cannot be used",
        "安装 yufang 的基本包，或在配置里写 jit: false",
        "install the base of yufang, or write jit: false in the configuration",
    ),
}


class DetectorError(SensingError):
    """A configuration, batch or snapshot that cannot be taken; as SensingError, with texts of its own."""

    def __init__(self, code: str, **fields: object) -> None:
        message_zh, message, way_zh, way = (text.format(**fields) for text in _TEXTS[code])
        ValueError.__init__(self, message)
        self.code = code
        self.fields = fields
        self.message = message
        self.way_out = way
        self.zh = (message_zh, way_zh)
