"""What can be wrong with rows to learn from, a model file or a question, in both languages."""

from __future__ import annotations

# code → (message zh, message en, way out zh, way out en); the fields in braces are filled by the raiser.
_TEXTS: dict[str, tuple[str, str, str, str]] = {
    "no_file": ("找不到 {file}", "{file} is missing", "给出存在的 Parquet 文件", "name a Parquet file that exists"),
    "unreadable": (
        "{file} 不能作为 Parquet 读取：{reason}",
        "{file} can't be read as Parquet: {reason}",
        "给出每通道一列的宽表，或含 channel、time、value 列的长表",
        "name a wide table with one column a channel, or a long one with the columns channel, time, value",
    ),
    "no_channel": (
        "{file} 里没有通道 {channel}；有：{known}",
        "{file} has no channel {channel}; it has {known}",
        "改正通道名",
        "correct the channel's name",
    ),
    "not_numbers": (
        "通道 {channel} 不是数值列（{kind}）",
        "channel {channel} holds no numbers ({kind})",
        "给出数值列",
        "name a column of numbers",
    ),
    "bad_setting": (
        "{field} 不能是 {value}：{rule_zh}",
        "{field} cannot be {value}: {rule_en}",
        "改正该项",
        "correct it",
    ),
    "not_in_order": (
        "时间没有按先后排列，第 {row} 行早于或等于前一行",
        "times are not in order: row {row} is not later than the one before it",
        "按时间排序并去掉重复",
        "sort the rows by time and leave repeats out",
    ),
    "too_few_rows": (
        "通道 {channel} 只有 {rows} 行，至少要 {least} 行（间隔 {step:g} 秒）",
        "channel {channel} has {rows} rows; at least {least} are needed (every {step:g} s)",
        "给出更长的历史",
        "give a longer history",
    ),
    "too_few_onsets": (
        "通道 {channel} 在训练数据中只有 {onsets} 次越过 {limit:g}，至少要 {least} 次才能学习和校准",
        "channel {channel} goes over {limit:g} {onsets} times in these rows; {least} are needed to learn and calibrate",
        "给出更长的历史，或选一个较低的限值",
        "give a longer history, or a lower limit",
    ),
    "constant": (
        "通道 {channel} 的读数全部相同或缺失，没有可学的",
        "channel {channel} has one value only, or none: there is nothing to learn",
        "检查传感器，或给出有变化的历史",
        "check the sensor, or give a history in which it moves",
    ),
    "not_a_model": (
        "{file} 不是 yufang 的预测模型（{reason}）",
        "{file} is not a forecast model of yufang ({reason})",
        "用 `yufang sensing train` 重新训练",
        "train it anew: `yufang sensing train`",
    ),
    "other_format": (
        "{file} 的格式是 {found}，本版本读格式 {wanted}",
        "{file}: its format is {found}; this version of yufang reads format {wanted}",
        "用 `yufang sensing train` 从原来的数据重新训练，或换用写出它的版本",
        "train it anew from its rows with `yufang sensing train`, or use the version that wrote it",
    ),
    "no_torch": (
        "这个模型是 LSTM，需要 PyTorch，本机没有安装",
        "this model is an LSTM and needs PyTorch, which is not installed",
        "安装附加组件 `deep`，或不带 --deep 重新训练",
        "install the extra `deep`, or train again without --deep",
    ),
}


class ForecastError(ValueError):
    """Rows, a file or a setting that can't be taken: `message` and `way_out` in English, `zh` both in Chinese."""

    def __init__(self, code: str, **fields: object) -> None:
        message_zh, message, way_zh, way = (text.format(**fields) for text in _TEXTS[code])
        super().__init__(message)
        self.code = code
        self.message = message
        self.way_out = way
        self.zh = (message_zh, way_zh)
