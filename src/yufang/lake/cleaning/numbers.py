"""Numbers that carry their own proof or form: identity numbers, credit codes, telephones, number plates. Column-wise.

Each `*_fault` takes a String expression and gives, where the value is wrong, what is wrong with it (else null). Values
are compared without spaces and hyphens, in capitals.
"""

from __future__ import annotations

import polars as pl

# GB 11643-1999: weights of the first 17 digits and the check digit for the sum modulo 11.
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
# GB/T 2260: provinces, regions and municipalities that an identity number may begin with.
_REGIONS = ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83), (91, 91))
PROVINCES = tuple(str(code) for first, last in _REGIONS for code in range(first, last + 1))
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z
_PROVINCE_SIGNS = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE_LETTER = "A-HJ-NP-Z"
PLATE = (
    rf"[{_PROVINCE_SIGNS}][{_PLATE_LETTER}](?:"
    rf"[{_PLATE_LETTER}0-9]{{4}}[{_PLATE_LETTER}0-9挂学警港澳试超]"  # GA 36: seven characters
    rf"|[A-HJK][{_PLATE_LETTER}0-9][0-9]{{4}}|[0-9]{{5}}[A-HJK])"  # new energy: eight
)
_OTHER_PLATE = rf"(?:WJ[{_PROVINCE_SIGNS}]?[0-9A-Z]{{5,6}}|[使领][0-9]{{6}}|[0-9]{{6}}[使领])"
MOBILE = r"1[3-9]\d{9}"
_PHONE = (
    rf"(?:(?:\+|00)?86)?(?:{MOBILE}|0?(?:10|2\d|[3-9]\d{{2}})[2-9]\d{{6,7}}(?:(?:转|X|EXT\.?)\d{{1,6}})?)"
    r"|[48]00\d{7}|09\d{8}|0[2-8]\d{7,8}|\+\d{7,15}|1\d{2}|123\d{2}|[2-9]\d{6,7}"
)


def tidy(value: pl.Expr) -> pl.Expr:
    """Return the value without spaces, hyphens, dots and brackets, in capitals."""
    return value.str.replace_all(r"[\s\-‐–—·•.()（）]", "").str.to_uppercase()


def id_check_digit(number: pl.Expr) -> pl.Expr:
    """Return the check digit that the first 17 digits ask for (GB 11643-1999)."""
    total = pl.sum_horizontal(
        number.str.slice(place, 1).cast(pl.Int32, strict=False) * weight for place, weight in enumerate(_ID_WEIGHTS)
    )
    return (total % 11).replace_strict(dict(enumerate(_ID_CHECK)), default=None, return_dtype=pl.String)


def widen_id(number: pl.Expr) -> pl.Expr:
    """Return 15-digit numbers of before 1999 in their 18-digit form; others as they are."""
    body = pl.concat_str(number.str.slice(0, 6), pl.lit("19"), number.str.slice(6, 9))
    old = number.str.contains(r"^\d{15}$")
    return pl.when(old).then(pl.concat_str(body, id_check_digit(body))).otherwise(number)


def id_birthday(number: pl.Expr) -> pl.Expr:
    """Return the day of birth that an identity number holds; null where it holds none."""
    return widen_id(tidy(number)).str.slice(6, 8).str.to_date("%Y%m%d", strict=False)


def id_fault(value: pl.Expr, today: pl.Expr | None = None) -> pl.Expr:
    """Say what is wrong with an identity number: its form, region, birthday or check digit."""
    number = widen_id(tidy(value))
    born = number.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    early = born.is_null() | (born < pl.date(1880, 1, 1))
    late = (born > today).fill_null(False) if today is not None else pl.lit(False)
    wanted = id_check_digit(number)
    return (
        pl.when(value.is_null())
        .then(None)
        .when(~number.str.contains(r"^\d{17}[\dX]$"))
        .then(pl.lit("form"))
        .when(~number.str.slice(0, 2).is_in(list(PROVINCES)))
        .then(pl.lit("region"))
        .when(early | late)
        .then(pl.lit("birthday"))
        .when(wanted != number.str.slice(17, 1))
        .then(pl.lit("check digit"))
        .otherwise(None)
    )


def credit_fault(value: pl.Expr) -> pl.Expr:
    """Say what is wrong with a unified social credit code: its form or check digit (GB 32100-2015)."""
    code = tidy(value)
    worth = {char: at for at, char in enumerate(CREDIT_ALPHABET)}

    def of(place: int) -> pl.Expr:
        return code.str.slice(place, 1).replace_strict(worth, default=None, return_dtype=pl.Int64)

    total = pl.sum_horizontal(of(place) * pow(3, place, 31) for place in range(17))
    return (
        pl.when(value.is_null())
        .then(None)
        .when(~code.str.contains(rf"^[{CREDIT_ALPHABET}]{{18}}$"))
        .then(pl.lit("form"))
        .when((31 - total % 31) % 31 != of(17))
        .then(pl.lit("check digit"))
        .otherwise(None)
    )


def phone_fault(value: pl.Expr) -> pl.Expr:
    """Say whether a telephone number has no form that is in use. Several in one cell (、 / ,) may each be one."""
    form = rf"^(?:{_PHONE})(?:[、,，;；/](?:{_PHONE}))*$"
    return pl.when(value.is_not_null() & ~tidy(value).str.contains(form)).then(pl.lit("form"))


def plate_fault(value: pl.Expr) -> pl.Expr:
    """Say whether a number plate has no form of GA 36 (new-energy vehicles: eight characters)."""
    return pl.when(value.is_not_null() & ~tidy(value).str.contains(rf"^(?:{PLATE}|{_OTHER_PLATE})$")).then(
        pl.lit("form")
    )


def hidden(value: pl.Expr) -> pl.Expr:
    """Return a personal number with its middle hidden: enough to find it in the source, too little to misuse."""
    number = tidy(value)
    return pl.concat_str(number.str.slice(0, 3), pl.lit("****"), number.str.slice(-2))
