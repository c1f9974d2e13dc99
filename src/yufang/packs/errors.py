"""The one error a pack can raise."""

from __future__ import annotations

from pathlib import Path


class PackError(ValueError):
    """A pack breaks a rule. Says where (file, row, field), what was found (value) and the rule.

    `row` is the hazard's or entry's id or key, "" for the pack itself; `code` is the rule's short name.
    """

    def __init__(self, *, file: Path, row: str, field: str, value: str, rule: str, code: str) -> None:
        self.file = file
        self.row = row
        self.field = field
        self.value = value if len(value) <= 80 else value[:77] + "…"
        self.rule = rule
        self.code = code
        where = ": ".join(part for part in (_short(file), row, field) if part)
        found = f" is {self.value!r}" if self.value else ""
        super().__init__(f"{where}{found}: {rule}")


def _short(file: Path) -> str:
    """The file's last three parts: enough to find it (`machinery/hazards/stamping.yaml`)."""
    return "/".join(file.parts[-3:]) if file.parent.name == "hazards" else "/".join(file.parts[-2:])
