"""What can't be planned: which field, why, and the way out, in both languages."""

from __future__ import annotations


class InspectionError(ValueError):
    """`field` is what must change; both messages name the value, the rule and the way out."""

    def __init__(self, field: str, message_zh: str, message_en: str) -> None:
        super().__init__(message_en)
        self.field = field
        self.message_zh = message_zh
        self.message_en = message_en


def out_of_range(field: str, value: object, low: object, high: object) -> InspectionError:
    """A number outside its range."""
    return InspectionError(
        field,
        f"{field} 为 {value}，应在 {low} 到 {high} 之间，请改正后重试。",
        f"{field} is {value}; it must lie from {low} to {high}. Correct it and try again.",
    )
