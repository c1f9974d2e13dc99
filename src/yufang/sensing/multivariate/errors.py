"""What can be wrong with training rows, a model file or a row to judge: the message and the way out."""

from __future__ import annotations

from yufang.sensing.errors import SensingError

# code → (message zh, message en, way out zh, way out en); the fields in braces are filled by the raiser.
_TEXTS: dict[str, tuple[str, str, str, str]] = {
    "bad_shape": (
        "训练数据形状为 {shape}，变量有 {variables} 个",
        "the training rows have the shape {shape}, but there are {variables} variables",
        "每行一个时刻、每列一个变量，至少两个变量，键不重复",
        "give one row an instant and one column a variable, at least two variables, no key twice",
    ),
    "few_rows": (
        "只有 {rows} 行训练数据，{variables} 个变量至少需要 {needed} 行",
        "{rows} training rows are too few: {variables} variables need at least {needed}",
        "取更长的正常运行数据，或减少变量",
        "take a longer stretch of normal operation, or fewer variables",
    ),
    "not_finite": (
        "变量“{variable}”第 {row} 行是 {value}",
        "variable {variable!r}, row {row}: {value}",
        "训练行须为有限数值：删去或修补该行",
        "training rows have to be finite numbers: leave that row out or repair it",
    ),
    "constant": (
        "变量“{variable}”在 {rows} 行训练数据中恒为 {value}",
        "variable {variable!r} is {value} in all {rows} training rows",
        "去掉该变量，或取它有变化的正常数据（传感器可能卡住）",
        "leave it out, or train on normal rows in which it moves (the sensor may be stuck)",
    ),
    "bad_value": (
        "{field} 不能是 {value}：须为 {rule}",
        "{field} cannot be {value!r}: it has to be {rule}",
        "改正该值，见 docs/sensing/multivariate.md",
        "correct it; see docs/sensing/multivariate.md",
    ),
    "other_version": (
        "模型文件的版本是 {version}，本程序读版本 {wanted}",
        "the model file has version {version}; this program reads version {wanted}",
        "用本版本重新训练该模型，或用写它的版本运行",
        "train the model again with this version, or run the version that wrote it",
    ),
    "not_a_model": (
        "不是多变量模型文件：{reason}",
        "this is not a file of a multivariate model: {reason}",
        "用 to_bytes 写出的文件，检查传输是否完整",
        "give a file that to_bytes wrote, and check that it arrived whole",
    ),
    "no_channel": (
        "模型“{model}”的变量“{variable}”不在通道里",
        "variable {variable!r} of the model {model!r} is not among the channels",
        "登记该通道，或用现有通道重新训练",
        "register that channel, or train again with the channels there are",
    ),
    "other_row": (
        "一行有 {got} 个数，模型“{model}”有 {wanted} 个变量",
        "a row of {got} numbers was given to the model {model!r} of {wanted} variables",
        "按 model.variables 的次序给出每个变量",
        "give every variable in the order of model.variables",
    ),
}


class MultivariateError(SensingError):
    """Training rows, a model or a row that cannot be taken; as SensingError, with texts of its own."""

    def __init__(self, code: str, **fields: object) -> None:
        message_zh, message, way_zh, way = (text.format(**fields) for text in _TEXTS[code])
        ValueError.__init__(self, message)
        self.code = code
        self.fields = fields
        self.message = message
        self.way_out = way
        self.zh = (message_zh, way_zh)
