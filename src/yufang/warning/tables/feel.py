"""The unary tests of FEEL that safety people write (OMG DMN 1.3, 10.3.1.2, grammar rules 7-17): read, written, said.

Comparisons (`>= 0.6`), ranges (`[1..14]`, `(0..1)`), lists (`"red","orange"`), `not(…)`, `null` for "not given" and
`-` for "whatever it is". A value is text, a number, true/false or `date("2026-07-01")`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date

from yufang.warning.tables.errors import TableError

Value = str | int | float | bool | date
KINDS = ("text", "number", "boolean", "date")
KIND_ZH = {"text": "文字", "number": "数字", "boolean": "是/否", "date": "日期"}
KIND_EN = {"text": "text", "number": "a number", "boolean": "true or false", "date": "a date"}


@dataclass(frozen=True, slots=True)
class Compare:
    """`< 5`, `<= 5`, `> 5`, `>= 5`. Of an absent value neither true nor false."""

    sign: str
    value: Value


@dataclass(frozen=True, slots=True)
class Between:
    """`[low..high]`; an open end leaves its bound out. Of an absent value neither true nor false."""

    low: Value
    high: Value
    low_open: bool = False
    high_open: bool = False


@dataclass(frozen=True, slots=True)
class Same:
    """Equality with one value; with None: the value is absent."""

    value: Value | None


Alternative = Compare | Between | Same


@dataclass(frozen=True, slots=True)
class Tests:
    """One cell: it holds where one of its alternatives does, or with `negated` where none does. No alternative: `-`."""

    alternatives: tuple[Alternative, ...] = ()
    negated: bool = False

    @property
    def anything(self) -> bool:
        """Whether the cell says nothing."""
        return not self.alternatives


ANYTHING = Tests()

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<date>date\s*\(\s*"(?P<day>[^"]*)"\s*\))
      | (?P<text>"(?:[^"\\]|\\.)*")
      | (?P<number>-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<word>[^\W\d]\w*)
      | (?P<mark><=|>=|\.\.|[<>()\[\],])
    )""",
    re.VERBOSE,
)


class _Wrong(ValueError):
    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


def kind_of(value: Value) -> str:
    """`text`, `number`, `boolean` or `date`."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "text"
    return "date" if isinstance(value, date) else "number"


def read_tests(text: str, kind: str, *, table: str = "", rule: str = "", column: str = "") -> Tests:
    """One cell of a condition column of `kind`. Raises TableError for what is no unary test, or of another kind."""
    try:
        return _Reader(text, kind).tests()
    except _Wrong as wrong:
        raise TableError(wrong.zh, wrong.en, table=table, rule=rule, column=column) from None


def read_value(text: str, kind: str, *, table: str = "", rule: str = "", column: str = "") -> Value | None:
    """One cell of a result column: a single value of `kind`; an empty cell, `-` or `null` is None."""
    try:
        if text.strip() in ("", "-", "null"):
            return None
        reader = _Reader(text, kind)
        value = reader.value()
        reader.end()
        return value
    except _Wrong as wrong:
        raise TableError(wrong.zh, wrong.en, table=table, rule=rule, column=column) from None


def read_values(text: str, kind: str, *, table: str = "", column: str = "") -> tuple[Alternative, ...]:
    """The values that a column may take: a list of values or ranges."""
    return read_tests(text, kind, table=table, column=column).alternatives


class _Reader:
    """Recursive descent over the tokens of one cell."""

    def __init__(self, text: str, kind: str) -> None:
        self.text, self.kind = text.strip(), kind
        self.tokens: list[tuple[str, str]] = []
        self.next = 0
        at = 0
        while at < len(self.text) and self.text != "-":
            found = _TOKEN.match(self.text, at)
            if found is None:
                if not self.text[at:].strip():
                    break
                self.unknown(self.text[at:].strip())
            else:
                name = str(found.lastgroup if found.lastgroup != "day" else "date")
                self.tokens.append((name, found["day"] if name == "date" else found[name]))
                at = found.end()

    def unknown(self, rest: str) -> None:
        raise _Wrong(
            f'看不懂“{rest[:40]}”；可以写 >= 5、[1..10]、"甲","乙"、not("甲")、null 或 -',
            f'can\'t read “{rest[:40]}”; write >= 5, [1..10], "a","b", not("a"), null or -',
        )

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.next] if self.next < len(self.tokens) else ("end", "")

    def take(self, mark: str) -> bool:
        if self.peek() == ("mark", mark) or self.peek() == ("word", mark):
            self.next += 1
            return True
        return False

    def need(self, mark: str) -> None:
        if not self.take(mark):
            raise _Wrong(
                f"“{self.text[:60]}”中缺少“{mark}”；请补上",
                f"“{self.text[:60]}” lacks “{mark}”; add it",
            )

    def end(self) -> None:
        kind, rest = self.peek()
        if kind != "end":
            self.unknown(rest)

    def tests(self) -> Tests:
        if self.text in ("", "-"):
            return ANYTHING
        negated = self.peek() == ("word", "not")
        if negated:
            self.next += 1
            self.need("(")
        found = [self.alternative()]
        while self.take(","):
            found.append(self.alternative())
        if negated:
            self.need(")")
        self.end()
        return Tests(tuple(found), negated)

    def alternative(self) -> Alternative:
        kind, mark = self.peek()
        if (kind, mark) == ("word", "null"):
            self.next += 1
            return Same(None)
        if kind == "mark" and mark in ("<", "<=", ">", ">="):
            self.next += 1
            value = self.value()
            self.ordered(value)
            return Compare(mark, value)
        if kind == "mark" and mark in ("[", "(", "]"):
            return self.between(mark)
        return Same(self.value())

    def between(self, opened: str) -> Between:
        self.next += 1
        low = self.value()
        self.need("..")
        high = self.value()
        self.ordered(low)
        kind, closed = self.peek()
        if kind != "mark" or closed not in ("]", ")", "["):
            self.need("]")
        self.next += 1
        if low > high:  # type: ignore[operator]
            raise _Wrong(
                f"范围“{self.text[:60]}”的下限大于上限，不会有任何值符合；请对调",
                f"the range “{self.text[:60]}” starts above its end, nothing lies in it; swap the two",
            )
        return Between(low, high, opened != "[", closed != "]")

    def ordered(self, value: Value) -> None:
        if kind_of(value) not in ("number", "date"):
            raise _Wrong(
                f"“{self.text[:60]}”用大小比较了没有大小的值；文字和是/否只能写出值本身，用逗号隔开",
                f"“{self.text[:60]}” compares what has no order; for text and true/false list the values with commas",
            )

    def value(self) -> Value:
        kind, word = self.peek()
        value: Value
        if kind == "number":
            value = int(word) if re.fullmatch(r"-?\d{1,15}", word) else float(word)
            if abs(value) == float("inf"):
                raise _Wrong(f"数字“{word[:40]}”太大；请写小一些", f"the number “{word[:40]}” is too large; write less")
        elif kind == "text":
            value = _unquoted(word)
        elif kind == "word" and word in ("true", "false"):
            value = word == "true"
        elif kind == "date":
            try:
                value = date.fromisoformat(word)
            except ValueError:
                raise _Wrong(
                    f'“{word}”不是日期；请写成 date("2026-07-01")',
                    f'“{word}” is no date; write date("2026-07-01")',
                ) from None
        elif kind == "word":
            raise _Wrong(
                f'“{word}”不是一个值；文字请加英文双引号："{word}"',
                f'“{word}” is no value; put text into double quotes: "{word}"',
            )
        else:
            raise _Wrong(
                f"“{self.text[:60]}”中缺少一个值；请补上，例如 >= 5",
                f"“{self.text[:60]}” lacks a value; add it, for example >= 5",
            )
        self.next += 1
        if kind_of(value) != self.kind:
            raise _Wrong(
                f"这一列是{KIND_ZH[self.kind]}，“{written(value)}”却是{KIND_ZH[kind_of(value)]}；请改用{KIND_ZH[self.kind]}",
                f"the column holds {KIND_EN[self.kind]}, “{written(value)}” is {KIND_EN[kind_of(value)]}; "
                f"write {KIND_EN[self.kind]}",
            )
        return value


def _unquoted(quoted: str) -> str:
    try:
        return str(json.loads(quoted, strict=False))
    except ValueError:
        return quoted[1:-1]


def written(value: Value | None) -> str:
    """A value as FEEL writes it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, date):
        return f'date("{value.isoformat()}")'
    return plain(value)


def plain(number: int | float) -> str:
    """A number without needless digits, exactly readable again."""
    return str(int(number)) if float(number).is_integer() and abs(number) < 1e15 else repr(float(number))


def write_tests(tests: Tests) -> str:
    """A cell as FEEL; `read_tests` gives the same cell back."""
    if tests.anything:
        return "-"
    inner = ",".join(_write(a) for a in tests.alternatives)
    return f"not({inner})" if tests.negated else inner


def _write(alternative: Alternative) -> str:
    if isinstance(alternative, Same):
        return written(alternative.value)
    if isinstance(alternative, Compare):
        return f"{alternative.sign} {written(alternative.value)}"
    a = alternative
    return f"{'(' if a.low_open else '['}{written(a.low)}..{written(a.high)}{')' if a.high_open else ']'}"
