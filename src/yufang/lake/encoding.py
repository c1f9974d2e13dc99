"""Which encoding a text file is written in, found by what it holds: UTF-8, UTF-16 with a mark, GB18030 or Big5.

A file is taken only if the whole of it decodes strictly; where people pasted files of different encodings together,
each line by itself. Many byte strings are valid in both Chinese encodings, so
these are told apart by character frequency: read wrongly, a text turns into characters that nobody writes.
"""

from __future__ import annotations

import codecs
from functools import cache

from yufang.lake.data import load_data
from yufang.lake.errors import LakeError

_SAMPLE = 400_000  # bytes looked at for the frequency; the whole file is still decoded
# cp950 is Big5 as Windows writes it; big5hkscs adds Hong Kong's characters.
_CHINESE = ("gb18030", "cp950", "big5hkscs")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def decode(data: bytes, file: str) -> tuple[str, str]:
    """Return (text, encoding) of the whole of `data`; raise LakeError with the byte offset if it has none.

    A byte order mark is removed. `file` is named in the error. Where the lines are of different encodings, the encoding
    says how many of each: `utf-8:812+gb18030:3` (lines of ASCII alone count with UTF-8).
    """
    mixed = _decode_lines(data)
    if mixed is not None:
        return mixed
    encodings = [next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")]
    if encodings == ["utf-8"]:
        encodings += sorted(_CHINESE, key=lambda name: -likelihood(data[:_SAMPLE], name))
    furthest = (-1, "utf-8")
    for encoding in encodings:
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError as error:
            furthest = max(furthest, (error.start, encoding))
    offset, encoding = furthest
    line = data.count(b"\n", 0, offset) + 1
    raise LakeError("undecodable", file=file, offset=offset, line=line, encoding=encoding.upper())


def _decode_lines(data: bytes) -> tuple[str, str] | None:
    """Decode line by line where some lines are UTF-8 and others are not; None where one encoding serves all."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or data.isascii():
        return None
    try:
        data.decode("utf-8")
        return None
    except UnicodeDecodeError:
        pass
    lines = data.removeprefix(codecs.BOM_UTF8).split(b"\n")
    decoded = [_utf8(line) for line in lines]
    told = b"\n".join(line for line, text in zip(lines, decoded, strict=True) if text and not line.isascii())
    # Chinese in GB18030 is hardly ever valid UTF-8, and then reads as characters that nobody writes.
    if (
        not told
        or likelihood(told, "utf-8") < 0.5
        or likelihood(told, "utf-8") <= max(likelihood(told, other) for other in ("gb18030", "cp950"))
    ):
        return None
    rest = b"\n".join(line for line, text in zip(lines, decoded, strict=True) if text is None)
    for other in sorted(_CHINESE, key=lambda name: -likelihood(rest[:_SAMPLE], name)):
        try:
            texts = [
                text if text is not None else line.decode(other) for line, text in zip(lines, decoded, strict=True)
            ]
        except UnicodeDecodeError:
            continue
        if likelihood(rest[:_SAMPLE], other) < 0.2:
            return None  # broken bytes that some table happens to hold
        foreign = sum(text is None for text in decoded)
        whole = len(lines) - foreign - (not lines[-1])
        return "\n".join(texts), f"utf-8:{whole}+{other}:{foreign}"
    return None


def _utf8(line: bytes) -> str | None:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return None


def likelihood(sample: bytes, encoding: str) -> float:
    """Score how much `sample`, read as `encoding`, looks like Chinese that people write: 0 (not at all) to 1.

    The score is the share of characters beyond ASCII that are among the commonest of either script.
    """
    text = sample.decode(encoding, errors="replace")
    beyond = [char for char in text if ord(char) > 0x7F]
    if not beyond:
        return 0.0
    common = _common_characters()
    return sum(char in common for char in beyond) / len(beyond)


@cache
def _common_characters() -> frozenset[str]:
    return frozenset("".join(load_data("common_characters.yaml").values()).replace(" ", ""))
