"""What can be wrong with a channel, a unit or a message: the message and the way out, in both languages."""

from __future__ import annotations

from dataclasses import dataclass

# code → (message zh, message en, way out zh, way out en); the fields in braces are filled by the raiser.
_TEXTS: dict[str, tuple[str, str, str, str]] = {
    "bad_channel": (
        "通道 {channel} 的 {field} 不能是 {value}",
        "channel {channel}: {field} cannot be {value}",
        "改正该字段：量程下限小于上限，数值有限，采样间隔在 0 到 86400 秒之间，键不超过 120 个字符且首尾无空格",
        "correct it: the range from low to high, finite numbers, every_s above 0 and at most 86400, a key of at most "
        "120 characters without blanks at its ends",
    ),
    "unknown_unit": (
        "通道 {channel} 的单位“{unit}”不认识",
        "channel {channel}: the unit {unit!r} is not known",
        "改用 ppm、mg/m3、%vol、%LEL、°C、kPa、m/s 等 pint 认识的单位",
        "use one that pint knows, or ppm, mg/m3, %vol, %LEL: for example °C, kPa, m/s",
    ),
    "no_conversion": (
        "通道 {channel}（{quantity}）的单位“{unit}”不能换算成“{wanted}”：{reason}",
        "channel {channel} ({quantity}): {unit!r} does not convert to {wanted!r}: {reason}",
        "让设备按“{wanted}”发送，或改正通道登记的单位和被测量",
        "have the device send {wanted!r}, or correct the unit or the quantity that the channel is registered with",
    ),
    "too_big": (
        "消息有 {size} 字节，超过上限 {limit}",
        "the message has {size} bytes, more than {limit}",
        "分成更小的批次发送",
        "send it in smaller batches",
    ),
    "too_many": (
        "消息里有 {number} {what_zh}，超过上限 {limit}",
        "the message holds {number} {what}, more than {limit}",
        "分成更小的批次发送；新通道要先登记",
        "send it in smaller batches; register new channels first",
    ),
    "bad_batch": (
        "消息读不出来：{reason}",
        "the message cannot be read: {reason}",
        "按 docs/sensing/streams.md 的格式发送",
        "send it in one of the forms of docs/sensing/streams.md",
    ),
    "broken_store": (
        "读数库 {folder} 的清单 {file} 读不出来：{reason}",
        "the store of readings {folder}: its manifest {file} cannot be read: {reason}",
        "从备份恢复该文件",
        "restore that file from a backup",
    ),
    "busy_store": (
        "另一个进程正在整理读数库 {folder}",
        "another process is compacting the store of readings {folder}",
        "等它结束后重试",
        "wait until it has ended and try again",
    ),
    "no_write": (
        "读数库 {folder} 不可写：{reason}",
        "the store of readings {folder} cannot be written: {reason}",
        "清出空间或改正权限",
        "free space or correct its permissions",
    ),
    "bad_file": (
        "文件 {file} 不能回放：{reason}",
        "{file} cannot be replayed: {reason}",
        "给出含 channel、time、value 列的 CSV、Parquet 或 Arrow 文件，见 docs/sensing/streams.md",
        "name a CSV, Parquet or Arrow file with the columns channel, time, value; see docs/sensing/streams.md",
    ),
}


class SensingError(ValueError):
    """Input that cannot be taken. `message` and `way_out` are English; `zh` holds both in Chinese."""

    def __init__(self, code: str, **fields: object) -> None:
        message_zh, message, way_zh, way = (text.format(**fields) for text in _TEXTS[code])
        super().__init__(message)
        self.code = code
        self.fields = fields
        self.message = message
        self.way_out = way
        self.zh = (message_zh, way_zh)


# rule → (zh, en): why one reading or event of a message was not taken.
RULES: dict[str, tuple[str, str]] = {
    "value_is_text": ("数值必须是数字，不能是文字", "the value has to be a number, not text"),
    "value_is_no_number": ("数值必须是数字或 null", "the value has to be a number or null"),
    "time_unreadable": (
        "时间必须是带时区的 ISO 8601 或 1970 年以来的微秒整数",
        "the time has to be ISO 8601 with its offset, or whole microseconds since 1970",
    ),
    "time_impossible": ("时间不在 2000 至 2100 年之间", "the time is not between the years 2000 and 2100"),
    "channel_missing": ("没有通道键", "no channel key"),
    "channel_key_bad": ("通道键为空或超过 120 个字符", "the channel key is empty or longer than 120 characters"),
    "channel_index_bad": ("通道序号不在键表之内", "the channel index is not in the list of keys"),
    "channel_unknown": ("通道没有登记", "the channel is not registered"),
    "unit_no_conversion": ("单位不能换算成通道登记的单位", "the unit does not convert to the channel's"),
    "reading_is_no_object": ("读数必须是对象", "a reading has to be an object"),
    "event_unreadable": ("事件缺少必要字段或字段类型不对", "the event lacks a field or holds one of the wrong kind"),
    "reading_too_old": ("时间早于保留期", "older than what is kept"),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reading, channel or event that was not taken: where in the message (-1: not one place), whose, and why."""

    index: int
    channel: str
    field: str
    value: str
    rule: str

    @property
    def zh(self) -> str:
        return RULES[self.rule][0]

    @property
    def en(self) -> str:
        return RULES[self.rule][1]
