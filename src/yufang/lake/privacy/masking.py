"""Replace what is personal by typed tokens, and back.

`mask` gives every person, number and place a token like 〔姓名1〕 that stays the same in all texts of one vault: a
masked narrative can still be read and coded. Without a vault numbers begin anew in each text and nothing leads back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from yufang.lake.privacy.contracts import LABELS, Found
from yufang.lake.privacy.finding import THRESHOLD, find_personal
from yufang.lake.privacy.vault import Vault

_ALL_LABELS = "|".join(label for pair in LABELS.values() for label in pair)
TOKEN = re.compile(rf"〔(?:{_ALL_LABELS})\d+〕")


def mask(
    texts: Iterable[str | None], vault: Vault | None = None, threshold: float = THRESHOLD
) -> list[tuple[str | None, list[Found]]]:
    """Return each text masked, with what was found in it (offsets of the original text). Fills `vault`."""
    return [(None, []) if text is None else _mask(text, find_personal(text, threshold), vault) for text in texts]


def mask_whole(texts: Sequence[str | None], kind_label: tuple[str, str], vault: Vault | None) -> list[str | None]:
    """Mask cells that are personal as a whole (a column of names): each value is one token."""
    own = vault or Vault()
    return [
        text if text is None or not text.strip() else own.token(kind_label[0 if _chinese(text) else 1], text)
        for text in texts
    ]


def _mask(text: str, found: list[Found], vault: Vault | None) -> tuple[str, list[Found]]:
    own = vault if vault is not None else Vault()
    for token in TOKEN.findall(text):
        own.reserve(token)
    language = 0 if _chinese(text) else 1
    parts, at = [], 0
    for one in found:
        parts += [text[at : one.start], own.token(LABELS[one.kind][language], text[one.start : one.end])]
        at = one.end
    return "".join([*parts, text[at:]]), found


def unmask(texts: Iterable[str | None], vault: Vault) -> list[str | None]:
    """Return masked texts as they were; a token that the vault doesn't know stays."""
    return [
        None if text is None else TOKEN.sub(lambda match: vault.originals.get(match[0], match[0]), text)
        for text in texts
    ]


def redact(text: str, threshold: float = THRESHOLD) -> str:
    """One text masked with no way back: for screens and logs."""
    return _mask(text, find_personal(text, threshold), None)[0]


def _chinese(text: str) -> bool:
    return any("\u3400" <= char <= "\u9fff" for char in text)
