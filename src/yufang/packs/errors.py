"""The one error a pack can raise."""

from __future__ import annotations

from pathlib import Path


class PackError(ValueError):
    """A pack breaks a rule. Says where (file, row, field), what was found (value) and the rule.

    `row` is the hazard's id, "" for the pack itself; `code` is the rule's short name; `rule_zh` is the rule in
    Chinese, empty where only English is known (the schema's own messages).
    """

    def __init__(
        self, *, file: Path, row: str, field: str, value: str, rule: str, code: str, rule_zh: str = ""
    ) -> None:
        self.file = file
        self.row = row
        self.field = field
        self.value = value if len(value) <= 80 else value[:77] + "…"
        self.rule = rule
        self.rule_zh = rule_zh
        self.code = code
        where = ": ".join(part for part in (self.place, row, field) if part)
        found = f" is {self.value!r}" if self.value else ""
        super().__init__(f"{where}{found}: {rule}")

    @property
    def place(self) -> str:
        """The file by its last parts: enough to find it (`machinery/hazards/stamping.yaml`)."""
        depth = 3 if self.file.parent.name == "hazards" else 2
        return "/".join(self.file.parts[-depth:])
