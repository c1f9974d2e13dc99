"""Numbers and places that belong to a person: identity numbers, telephones, plates, cards, addresses, e-mail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from yufang.lake.cleaning.numbers import MOBILE, PLATE, PROVINCES
from yufang.lake.privacy.contracts import Found

_ID = re.compile(r"(?<![0-9A-Za-z])(?:\d{6}[ -]?\d{8}[ -]?\d{3}[\dXx]|\d{15})(?![0-9A-Za-z])")
_ID_HIDDEN = re.compile(r"(?<![0-9A-Za-z])\d{3,6}[*×xX]{6,12}\d{2,4}[0-9Xx]?(?![0-9A-Za-z])")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CARD = re.compile(r"(?<![0-9A-Za-z.])(?:\d{4}[ -]?){3}\d{1,7}(?![0-9A-Za-z])")
# Who issues cards of which length (ISO/IEC 7812): UnionPay, Visa, Mastercard, American Express, JCB.
_CARD_FORM = re.compile(r"(?:62\d{14,17}|60\d{14,17}|9\d{15,18}|4\d{15}|5[1-5]\d{14}|3[47]\d{13}|35\d{14})")
_NO_PHONE = re.compile(r"(?:发动机号码?|车架号|编号|证号|识别代号|识别代码|订单号|注册号|字第?)[为:：是]?\s?$")
_NO_CARD = re.compile(r"(?:注册号?|登记号?|资格证号?|档案编?号?|许可证号?|编号|证号|字第?)[为:：是]?\s?$")
_MOBILE = re.compile(r"(?<![0-9A-Za-z.])(?:(?:\+|00)?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![0-9A-Za-z号])")
_LANDLINE = re.compile(r"(?<![0-9A-Za-z])(?:\(0\d{2,3}\)|（0\d{2,3}）|0\d{2,3}[ -])[2-9]\d{6,7}(?:[-转]\d{1,6})?(?!\d)")
_TOLD_PHONE = re.compile(
    r"(?:电话|手机|電話|联系方式|Tel|tel|phone|Phone)(?:号码|号|是|为)?\s*[:：]?\s*(\d{7,8})(?!\d)"
)
_US_PHONE = re.compile(r"(?<![0-9A-Za-z])(?:\+?1[ .-])?(?:\(\d{3}\) ?|\d{3}[.-])\d{3}[.-]\d{4}(?!\d)")
_TW_MOBILE = re.compile(r"(?<![0-9A-Za-z])09\d{2}[ -]?\d{3}[ -]?\d{3}(?!\d)")
_PLATE = re.compile(
    rf"{PLATE[: PLATE.index(']') + 1]}[A-HJ-NP-Z][ ·•・.\-－—]?"
    r"(?:[A-HJ-NP-Z0-9]{5,6}|[A-HJ-NP-Z0-9]{4}[挂学警港澳试超])(?![A-Za-z0-9])"
)
_EMAIL = re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
# To street level: what follows the street is masked, the street and the district stay.
_INSIDE = r"\d{1,5}(?:-\d{1,4})*(?:号楼|号院|號|号|弄|巷|栋|幢|座|楼|层|單元|单元|室|户|组|棟|樓|之\d+)"
_STREET = re.compile(
    r"(?<=路|街|道|巷|弄|里|村|苑|园|寓|区)(?:(?<!国道)(?<!省道)(?<!县道)(?<!管道)(?<!隧道)(?<!车道)(?<!轨道)(?<!通道)(?<!巷道))"
    rf"\s?{_INSIDE}(?:[,，附]?\s?{_INSIDE}|[A-Z]?\d{{3,4}}室?)*"
)
_ENGLISH_ADDRESS = re.compile(
    r"(?<![0-9A-Za-z])\d{1,5}(?= (?:[NSEW]\.? )?(?:[A-Z][a-z]+ ){1,3}"
    r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Drive|Dr|Lane|Ln|Court|Ct|Way)\b)"
    r"|(?:Apt|Apartment|Unit|Suite)\.? ?#?\d{1,5}[A-Z]?"
)
_NOT_A_HOME = re.compile(
    r"(?:车间|厂区|工区|矿区|作业区|罐区|库区|施工区|生产区|井巷|工业园|产业园|线路|电路|油路|气路|管路|铁路|公路|高速路|服务区)$"
)


def id_confidence(number: str, today: date | None = None) -> tuple[float, str]:
    """How sure a run of 15 or 18 characters is an identity number (GB 11643-1999), and why; 0 where it is none."""
    plain = re.sub(r"[ -]", "", number).upper()
    body = plain[:17] if len(plain) == 18 else f"{plain[:6]}19{plain[6:]}"
    try:
        born = date(int(body[6:10]), int(body[10:12]), int(body[12:14]))
    except ValueError:
        return 0.0, ""
    if plain[:2] not in PROVINCES or not date(1880, 1, 1) <= born <= (today or date(2100, 1, 1)):
        return 0.0, ""
    if len(plain) == 15:
        return 0.7, "identity number of 15 digits with region and birthday"
    check = "10X98765432"[sum(int(d) * w for d, w in zip(body, _ID_WEIGHTS, strict=True)) % 11]
    if check == plain[17]:
        return 0.99, "identity number with right check digit"
    return 0.85, "identity number with region and birthday, wrong check digit"


def luhn(number: str) -> bool:
    """Whether a card number's last digit is right (ISO/IEC 7812-1)."""
    digits = [int(char) for char in reversed(number)]
    return sum(digits[::2]) % 10 == -sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2]) % 10


def find_numbers(text: str) -> Iterator[Found]:
    """Give everything but names."""
    digits = any(char.isdigit() for char in text)
    if not digits and "@" not in text:
        return
    yield from _identities(text)
    for match in _CARD.finditer(text):
        plain = re.sub(r"[ -]", "", match[0])
        named = _NO_CARD.search(text, max(0, match.start() - 8), match.start())
        if _CARD_FORM.fullmatch(plain) and luhn(plain) and not named:
            yield Found(match.start(), match.end(), "card", 0.95, "card number with right Luhn digit")
    for pattern, confidence, why in (
        (_MOBILE, 0.97, f"mobile number ({MOBILE[:4]}…)"),
        (_LANDLINE, 0.9, "landline with area code"),
        (_US_PHONE, 0.85, "ten-digit telephone number"),
        (_TW_MOBILE, 0.9, "mobile number (09…)"),
    ):
        for match in pattern.finditer(text):
            if not _NO_PHONE.search(text, max(0, match.start() - 8), match.start()):
                yield Found(match.start(), match.end(), "phone", confidence, why)
    for match in _TOLD_PHONE.finditer(text):
        yield Found(match.start(1), match.end(1), "phone", 0.9, "digits called a telephone number")
    for match in _PLATE.finditer(text):
        yield Found(match.start(), match.end(), "plate", 0.97, "number plate (GA 36)")
    for match in _EMAIL.finditer(text):
        yield Found(match.start(), match.end(), "email", 0.98, "e-mail address")
    yield from _addresses(text)


def _identities(text: str) -> Iterator[Found]:
    for match in _ID.finditer(text):
        confidence, why = id_confidence(match[0])
        if confidence:
            yield Found(match.start(), match.end(), "identity", confidence, why)
    for match in _ID_HIDDEN.finditer(text):
        yield Found(match.start(), match.end(), "identity", 0.7, "identity number half hidden")


def _addresses(text: str) -> Iterator[Found]:
    for match in _STREET.finditer(text):
        if not _NOT_A_HOME.search(text, max(0, match.start() - 4), match.start()):
            yield Found(match.start(), match.end(), "address", 0.8, "number behind a street or village")
    for match in _ENGLISH_ADDRESS.finditer(text):
        yield Found(match.start(), match.end(), "address", 0.8, "house number before a street")
