"""What a decision table can be refused for."""

from __future__ import annotations


class TableError(ValueError):
    """A decision table, or facts given to one, that cannot be used.

    Both messages name the table, the rule and the column where there are such, and say the way out.
    """

    def __init__(self, zh: str, en: str, *, table: str = "", rule: str = "", column: str = "") -> None:
        self.table, self.rule, self.column = table, rule, column
        at_zh = "，".join(
            f"{word}“{name}”" for word, name in (("决策表", table), ("规则", rule), ("列", column)) if name
        )
        at_en = ", ".join(
            f"{word} “{name}”" for word, name in (("table", table), ("rule", rule), ("column", column)) if name
        )
        self.message_zh = f"{at_zh}：{zh}" if at_zh else zh
        self.message_en = f"{at_en}: {en}" if at_en else en
        super().__init__(self.message_en)
