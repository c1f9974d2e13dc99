"""What linkage can't work with: one message and the way out, in both languages."""

from __future__ import annotations

# code → (message zh, message en, way out zh, way out en); the fields in braces are filled by the raiser.
_TEXTS: dict[str, tuple[str, str, str, str]] = {
    "missing_column": (
        "{source} 缺少列 {columns}；现有列：{present}",
        "{source} lacks the column {columns}; it has: {present}",
        "补上该列，或用 --columns 字段=列名 指明",
        "add the column, or say which one it is with --columns FIELD=COLUMN",
    ),
    "no_usable_field": (
        "{source} 没有一列可用于关联{kind}：{fields} 全为空或不存在",
        "{source} has no column that {kind} could be linked by: {fields} are all empty or missing",
        "至少提供名称，或者信用代码、电话、地址之一",
        "give at least a name, or one of credit code, phone, address",
    ),
    "duplicate_id": (
        "{source} 的记录编号 {value} 出现 {count} 次（共有 {ids} 个编号重复）",
        "record id {value!r} stands {count} times in {source} ({ids} ids are doubled)",
        "让每条记录的编号唯一，或去掉编号列由行号代替",
        "make the ids unique, or leave the id column out and rows are numbered",
    ),
    "empty_id": (
        "{source} 有 {count} 条记录没有编号，第一条在第 {row} 行",
        "{count} records of {source} have no id, the first in row {row}",
        "补齐编号，或去掉编号列由行号代替",
        "fill the ids in, or leave the id column out and rows are numbered",
    ),
    "too_few": (
        "{source} 只有 {rows} 条记录，至少要 2 条才能关联",
        "{source} holds {rows} records; linking takes at least 2",
        "加入另一份名录",
        "add another file",
    ),
    "bad_model": (
        "关联模型 {file} 读不了：{reason}",
        "the linkage model {file} cannot be read: {reason}",
        "用 yufang lake link train 重新训练，或去掉 --model",
        "train it anew with `yufang lake link train`, or leave --model out",
    ),
    "model_version": (
        "关联模型 {file} 的格式是第 {found} 版，本程序读第 {wanted} 版",
        "the linkage model {file} is of format {found}; this program reads format {wanted}",
        "用 yufang lake link train 重新训练",
        "train it anew with `yufang lake link train`",
    ),
    "model_kind": (
        "关联模型 {file} 是为 {found} 训练的，这里要关联 {wanted}",
        "the linkage model {file} was trained for {found}, and {wanted} are to be linked",
        "换一个模型，或去掉 --model",
        "give another model, or leave --model out",
    ),
    "unlinked": (
        "{folder} 里还没有 {kind} 的关联结果",
        "{folder} holds no linkage of {kind} yet",
        "先运行 yufang lake link run",
        "run `yufang lake link run` first",
    ),
    "unknown_record": (
        "没有编号为 {value} 的记录",
        "there is no record {value!r}",
        "从 pairs 列出的编号中选择",
        "take an id that `pairs` shows",
    ),
    "same_record": (
        "两个编号相同：{value}",
        "both ids are the same: {value!r}",
        "给出两条不同的记录",
        "name two records",
    ),
    "unknown_kind": (
        "不认识的关联对象“{kind}”；可用：{kinds}",
        "unknown kind {kind!r}; known are: {kinds}",
        "改用其中之一",
        "use one of them",
    ),
    "broken_store": (
        "关联结果 {file} 读不出来：{reason}",
        "the linkage {file} cannot be read: {reason}",
        "从备份恢复，或删除该目录后重新关联（人工决定会丢失）",
        "restore it from a backup, or remove the folder and link again (decisions would be lost)",
    ),
    "one_person_two_words": (
        "{left} 与 {right} 的决定互相矛盾：经由其他“同一”的决定它们已是同一个",
        "{left} and {right} can't be told apart: other decisions already make them one",
        "先改正把它们连在一起的决定",
        "correct the decision that joins them first",
    ),
}


class LinkageError(ValueError):
    """Input that can't be linked. `message` and `way_out` are English; `zh` holds both in Chinese."""

    def __init__(self, code: str, **fields: object) -> None:
        message_zh, message, way_zh, way = (text.format(**fields) for text in _TEXTS[code])
        super().__init__(message)
        self.code = code
        self.fields = fields
        self.message = message
        self.way_out = way
        self.zh = (message_zh, way_zh)
