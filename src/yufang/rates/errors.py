"""The one error of this room: what is wrong and the way out, in both languages."""

from __future__ import annotations


class RateError(ValueError):
    """Input that rates can't be made from. `message` and `way_out` are English; `zh` holds both in Chinese.

    `field` names the column or the place in a rule table, "" where the whole input is meant.
    """

    def __init__(self, zh: tuple[str, str], en: tuple[str, str], field: str = "") -> None:
        super().__init__(en[0])
        self.message, self.way_out = en
        self.zh = zh
        self.field = field
