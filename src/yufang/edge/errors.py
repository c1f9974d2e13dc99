"""The one way the edge node refuses something: field, value, rule and way out, in both languages."""

from __future__ import annotations


class EdgeError(ValueError):
    """Bad input or a state that forbids what was asked. `field` names where it stands, "" where it is of no field."""

    def __init__(self, zh: str, en: str, *, field: str = "") -> None:
        super().__init__(f"{en} / {zh}")
        self.zh = zh
        self.en = en
        self.field = field
