"""Takes out of a log line what a log must never hold: passwords, tokens, keys, signatures, identity and phone numbers.

Lines should not carry such things in the first place (`yufang.server.logs`). But libraries put what they were given
into their errors, PostgreSQL quotes the row that it refuses, and Django names the address that failed, which for some
pages is a secret itself. So every formatter's last step is `scrub`: it knows the forms in which secrets are written,
and it is told the values that this deployment keeps and that the request at hand carried (`values_in`), which go
wherever they stand, such as among the arguments that a traceback prints.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

GONE = "[…]"

_NAMES = (
    r"pass(?:word|wd|phrase|code)?|secret(?:_key)?|(?:access_|refresh_|id_|csrf|csrfmiddleware|auth_)?token|api_?key|"
    r"private_?key|authorization|cookie|set-cookie|x-csrftoken|csrftoken|sessionid|(?:__host-)?yufang_session|"
    r"sign(?:ature)?|sig|otp|totp|one_time_code|recovery_code|client_secret|vapid\w*|salt|identity_number|id_number|id_card|"
    r"身份证号?|密码|口令|令牌"
)
_MONTH_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, flags), put)
    for pattern, put, flags in (
        (r"-----BEGIN [A-Z ]+-----.*?(?:-----END [A-Z ]+-----|\Z)", GONE, re.S),
        # Basic, Bearer and signature headers; keys that yufang, webhooks and robots use.
        (r"\b(Basic|Bearer|Digest|Signature|YUFANG\S*)\s+[^\s\"',;]{6,}", rf"\1 {GONE}", re.I),
        (r"\b(yufang_|whsec_|SEC)[A-Za-z0-9_+/=-]{16,}", GONE, 0),
        (r"\b(?:pbkdf2|scrypt|argon2\w*)\$\S+", GONE, 0),
        # user:password@host
        (r"(://)[^/\s:@\"']*:[^/\s@\"']+@", rf"\1{GONE}@", 0),
        # name=value, "name": "value", name: value, also as a query's parameter; a robot's `key` only there
        (
            rf"(?<![A-Za-z\d-])((?:[a-z]+_)*(?:{_NAMES})[\"']?\s*[:=]\s*)(?:\"[^\"]*\"|'[^']*'|[^\s\"',;&)}}\]]+)",
            rf"\1{GONE}",
            re.I,
        ),
        (r"([?&](?:key|code|state|ticket)=)[^&\s\"']+", rf"\1{GONE}", re.I),
        # addresses that are secrets themselves
        (r"(/(?:(?:ack|w|hook|robot/send|invitation)/|invite[#/]))[^/\s\"'?\]]+", rf"\1{GONE}", 0),
        (r"(/report/(?:follow|places)/)[^/\s\"'?\]]+", rf"\1{GONE}", 0),
        # what PostgreSQL and pydantic quote
        (r"(DETAIL:|Failing row contains|CONTEXT:  COPY)[^\n]*", rf"\1 {GONE}", 0),
        (r"(input_value=)(?:'[^']*'|\"[^\"]*\"|[^,\]]*)", rf"\1{GONE}", 0),
        # resident identity numbers (GB 11643) and mobile numbers
        (rf"(?<![\dA-Za-z])[1-9]\d{{5}}(?:18|19|20)\d{{2}}{_MONTH_DAY}\d{{3}}[\dXx](?![\dA-Za-z])", GONE, 0),
        (r"(?<![\d.])1[3-9]\d{9}(?![\d.])", GONE, 0),
    )
)
_SECRET_NAME = re.compile(rf"(?:[a-z]+[_-])*(?:{_NAMES}|codes?|key|proof|contact|phone)", re.I)
_SHORTEST = 6  # shorter ones would take half of a line along
_own: tuple[str, ...] = ()


def forget_also(secrets: Iterable[str]) -> None:
    """Secrets of this deployment (its keys, its database's password): taken out wherever they stand, from now on."""
    global _own
    _own = _longest_first({*_own, *(s for s in secrets if len(s) >= 8)})


def values_in(part: Any, *, secret: bool = False) -> Iterator[str]:
    """Values under names of secrets in what a request carried: a JSON body, a form, a query, headers. `secret`: the
    name above `part` is one."""
    if isinstance(part, dict):
        for name, value in part.items():
            yield from values_in(value, secret=secret or _SECRET_NAME.fullmatch(str(name)) is not None)
    elif isinstance(part, list | tuple):
        for one in part:
            yield from values_in(one, secret=secret)
    elif secret and isinstance(part, str | int) and len(str(part)) >= _SHORTEST:
        yield str(part)


def written(values: Iterable[str]) -> tuple[str, ...]:
    """`values` in each form in which lines write them: plain, as Python's repr, as JSON, in an address."""
    found: set[str] = set()
    for value in values:
        found |= {value, repr(value)[1:-1], json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
        found.add(quote(value, safe="", errors="surrogatepass"))
    return _longest_first(found)


def _longest_first(values: set[str]) -> tuple[str, ...]:
    return tuple(sorted(values, key=len, reverse=True))


def scrub(text: str, also: Iterable[str] = ()) -> str:
    """`text` without secrets; `also`: values that the request at hand carried, as `written`."""
    for secret in (*also, *_own):
        text = text.replace(secret, GONE)
    for pattern, put in _RULES:
        text = pattern.sub(put, text)
    return text
