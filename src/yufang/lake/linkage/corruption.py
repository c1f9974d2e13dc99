"""Made-up employers and what agencies' files make of them: for tests, benches and the demo. Nothing here is real.

`made_employers` makes firms as they are, `corrupted` writes some of them a second and third time with the errors that
registers hold: typing errors, short names, legal forms left out, traditional characters, missing or mistyped credit
codes, former names, moved addresses. Everything follows from the seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import opencc
import polars as pl

from yufang.lake.cleaning.numbers import CREDIT_ALPHABET
from yufang.lake.data import load_data
from yufang.lake.linkage.words import BRAND_CHARACTERS, GIVEN_CHARACTERS, LOOKALIKES, ROADS, SURNAMES
from yufang.lake.names import CREDIT_WEIGHTS

COLUMNS = ("name", "former_name", "credit_code", "region", "address", "phone", "legal_person", "industry")
_FORMS = ("有限公司", "有限责任公司", "股份有限公司", "厂", "工程有限公司", "集团有限公司")
_FORM_SHARES = (0.62, 0.14, 0.12, 0.05, 0.05, 0.02)
_SITES = ("第一工程处", "第二项目部", "三车间", "东区分厂", "一分公司", "第3工区", "新区仓库", "第四施工队")
SISTERS = 0.08  # share of firms that share an owner, and often address and phone, with another
Row = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Rates:
    """How often each error befalls a second writing."""

    typing: float = 0.12
    short: float = 0.18
    no_form: float = 0.10
    no_region: float = 0.25
    traditional: float = 0.10
    width: float = 0.08
    site: float = 0.08
    renamed: float = 0.04
    renamed_told: float = 0.5
    no_code: float = 0.45
    wrong_code: float = 0.06
    moved: float = 0.12
    address_written_otherwise: float = 0.5
    no_address: float = 0.2
    no_phone: float = 0.25
    other_phone: float = 0.15
    no_person: float = 0.25
    other_person: float = 0.08


def made_employers(count: int, seed: int) -> pl.DataFrame:
    """`count` made-up firms: `entity` and COLUMNS. Brands repeat as real ones do: a few are borne by many firms.

    SISTERS of them share brand and city, and often address, phone or legal person, with an earlier firm.
    """
    rng = np.random.default_rng(seed)
    words = load_data("linkage_words.yaml")
    cities, trades = words["cities"], words["trades"]
    brands = max(40, int(count * 0.35))
    pool = _brands(brands, rng)
    weight = 1.0 / np.arange(1, brands + 1) ** 0.55
    brand = rng.choice(brands, size=count, p=weight / weight.sum())
    city = rng.choice(len(cities), size=count, p=_skewed(len(cities), 0.8))
    trade = rng.choice(len(trades), size=count, p=_skewed(len(trades), 0.7))
    second = rng.integers(0, len(trades), count)
    has_second = rng.random(count) < 0.35
    form = rng.choice(len(_FORMS), size=count, p=_FORM_SHARES)
    bracket = rng.random(count)
    people = made_people(count, rng)
    parent = np.where(rng.random(count) < SISTERS, (rng.random(count) * np.arange(count)).astype(int), -1)
    parent[:1] = -1
    shared = rng.random((count, 3))
    rows: list[tuple[str | int | None, ...]] = []
    for i in range(count):
        address, phone = made_address(cities[city[i]], rng), made_phone(rng)
        if (of := parent[i]) >= 0:
            # A sister firm: another company of the same owner, often in the same rooms.
            brand[i], city[i] = brand[of], city[of]
            address = str(rows[of][5]) if shared[i, 0] < 0.6 else made_address(cities[city[i]], rng)
            phone = str(rows[of][6]) if shared[i, 1] < 0.4 else phone
            people[i] = people[of] if shared[i, 2] < 0.6 else people[i]
        place, core = cities[city[i]], pool[brand[i]] + trades[trade[i]]
        core += trades[second[i]] if has_second[i] and second[i] != trade[i] else ""
        name = f"{place}{'市' if bracket[i] < 0.6 else ''}{core}{_FORMS[form[i]]}"
        if bracket[i] > 0.93:
            name = f"{core}（{place}）{_FORMS[form[i]]}"
        rows.append((i, name, None, _code(rng), place + "市", address, phone, people[i], trades[trade[i]]))
    return pl.DataFrame(rows, schema={"entity": pl.Int64, **dict.fromkeys(COLUMNS, pl.String)}, orient="row")


def corrupted(employers: pl.DataFrame, records: int, seed: int, rates: Rates = Rates()) -> pl.DataFrame:
    """`records` rows (record_id, entity, source, COLUMNS) over `employers`: each as it is, then some with errors."""
    rng = np.random.default_rng(seed)
    once = employers.height
    if records < once:
        raise ValueError(f"{records} records can't hold {once} employers once each")
    again = np.sort(rng.integers(0, once, records - once))
    originals = employers.rows(named=True)
    scribe = Scribe(rng, rates)
    rows = [{**row, "source": "register"} for row in originals]
    rows += [{**scribe.write(originals[i]), "source": f"agency {int(rng.integers(1, 4))}"} for i in again]
    order = rng.permutation(len(rows))
    schema = {"entity": pl.Int64, "source": pl.String, **dict.fromkeys(COLUMNS, pl.String)}
    frame = pl.DataFrame([rows[i] for i in order], schema=schema)
    ids = pl.Series("record_id", [f"R{i:07d}" for i in range(frame.height)])
    return frame.select(ids, *schema)


class Scribe:
    """Writes a firm down again, with the errors of `rates`."""

    def __init__(self, rng: np.random.Generator, rates: Rates) -> None:
        self._rng, self._rates = rng, rates
        self._traditional = opencc.OpenCC("s2t")
        self._trades = sorted(load_data("linkage_words.yaml")["trades"], key=len, reverse=True)

    def _hit(self, rate: float) -> bool:
        return bool(self._rng.random() < rate)

    def write(self, row: Row) -> Row:
        out, rates = dict(row), self._rates
        if self._hit(rates.renamed):
            old = str(row["name"])
            new = _brands(1, self._rng)[0]
            place = str(row["region"])
            out["name"] = place + new + old[-8:] if len(old) > 10 else place + new + old[-4:]
            out["former_name"] = old if self._hit(rates.renamed_told) else None
        out["name"] = self._name(str(out["name"]), str(row["region"]))
        if self._hit(rates.no_code):
            out["credit_code"] = None
        elif self._hit(rates.wrong_code):
            out["credit_code"] = self._mistyped(str(row["credit_code"]), CREDIT_ALPHABET)
        self._place(out, row)
        self._people(out)
        return out

    def _name(self, name: str, region: str) -> str:
        """A name as another register writes it."""
        rng, rates = self._rng, self._rates
        place = region.removesuffix("市")
        if self._hit(rates.no_region):
            name = name.removeprefix(region).removeprefix(place).replace(f"（{place}）", "")
        if self._hit(rates.short):
            name = self._short(name)
        elif self._hit(rates.no_form):
            name = next((name.removesuffix(form) for form in (*_FORMS,) if name.endswith(form)), name)
        if self._hit(rates.typing):
            name = self._typed(name)
        if self._hit(rates.site):
            name += _SITES[int(rng.integers(len(_SITES)))]
        if self._hit(rates.traditional):
            name = str(self._traditional.convert(name))
        if self._hit(rates.width):
            name = name.replace("（", "(").replace("）", ")").replace("有限公司", "（有限）公司", 1)
        return name

    def _short(self, name: str) -> str:
        """Without form and, in part, trade: 宏达精密机械有限公司 → 宏达精密, 宏达机械 or 宏达公司."""
        for form in sorted(_FORMS, key=len, reverse=True):
            name = name.removesuffix(form)
        trade = next((word for word in self._trades if name.endswith(word) and len(name) - len(word) >= 2), "")
        front = name.removesuffix(trade)
        return (name, front + trade[:1] if trade else name, front + "公司" if len(front) >= 3 else name)[
            int(self._rng.integers(3))
        ]

    def _typed(self, name: str) -> str:
        """One character left out, swapped with its neighbour or taken for one that looks or sounds alike."""
        rng = self._rng
        place = int(rng.integers(0, max(len(name) - 4, 1)))
        kind = rng.random()
        if kind < 0.2 and len(name) > 5:
            return name[:place] + name[place + 1 :]
        if kind < 0.35 and place + 1 < len(name):
            return name[:place] + name[place + 1] + name[place] + name[place + 2 :]
        other = LOOKALIKES.get(name[place]) or BRAND_CHARACTERS[int(rng.integers(len(BRAND_CHARACTERS)))]
        return name[:place] + other + name[place + 1 :]

    def _mistyped(self, text: str, alphabet: str) -> str:
        place = int(self._rng.integers(len(text)))
        return text[:place] + alphabet[int(self._rng.integers(len(alphabet)))] + text[place + 1 :]

    def _place(self, out: Row, row: Row) -> None:
        rng, rates = self._rng, self._rates
        if self._hit(rates.no_address):
            out["address"] = None
        elif self._hit(rates.moved):
            out["address"] = made_address(str(row["region"]).removesuffix("市"), rng)
        elif self._hit(rates.address_written_otherwise):
            address = str(row["address"]).removeprefix(str(row["region"]))
            out["address"] = address.replace("号", "號") if self._hit(0.3) else address.replace("号", "号院")
        if self._hit(0.3):
            out["region"] = None

    def _people(self, out: Row) -> None:
        rates = self._rates
        if self._hit(rates.no_phone):
            out["phone"] = None
        elif self._hit(rates.other_phone):
            out["phone"] = made_phone(self._rng)
        elif self._hit(0.3):
            phone = str(out["phone"])
            out["phone"] = f"+86 {phone}" if self._hit(0.5) else f"{phone[:3]}-{phone[3:7]}-{phone[7:]}"
        if self._hit(rates.no_person):
            out["legal_person"] = None
        elif self._hit(rates.other_person):
            out["legal_person"] = made_people(1, self._rng)[0]
        if self._hit(0.5):
            out["industry"] = None


def _skewed(size: int, power: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    weight = 1.0 / np.arange(1, size + 1) ** power
    shares: np.ndarray[tuple[int], np.dtype[np.float64]] = weight / weight.sum()
    return shares


def _brands(count: int, rng: np.random.Generator) -> list[str]:
    """Brands of two, at times three characters."""
    drawn = rng.integers(0, len(BRAND_CHARACTERS), (count, 3))
    third = rng.random(count) < 0.3
    return [
        "".join(BRAND_CHARACTERS[c] for c in row[: 3 if long else 2]) for row, long in zip(drawn, third, strict=True)
    ]


def made_people(count: int, rng: np.random.Generator) -> list[str]:
    surname = rng.choice(len(SURNAMES), size=count, p=_skewed(len(SURNAMES), 0.8))
    given = rng.integers(0, len(GIVEN_CHARACTERS), (count, 2))
    single = rng.random(count) < 0.2
    return [
        SURNAMES[s] + "".join(GIVEN_CHARACTERS[c] for c in g[: 1 if one else 2])
        for s, g, one in zip(surname, given, single, strict=True)
    ]


def _code(rng: np.random.Generator) -> str:
    """A unified social credit code with the right check digit (GB 32100-2015) that no authority gave out."""
    region = f"{int(rng.integers(110000, 659000)):06d}"
    body = "91" + region + "".join(CREDIT_ALPHABET[int(d)] for d in rng.integers(0, 31, 9))
    total = sum(CREDIT_ALPHABET.index(c) * w for c, w in zip(body, CREDIT_WEIGHTS, strict=True))
    return body + CREDIT_ALPHABET[(31 - total % 31) % 31]


def made_phone(rng: np.random.Generator) -> str:
    return f"1{int(rng.integers(30, 100))}{int(rng.integers(0, 10**8)):08d}"


def made_address(place: str, rng: np.random.Generator) -> str:
    road = ROADS[int(rng.integers(len(ROADS)))]
    tail = f"{int(rng.integers(1, 20))}栋" if rng.random() < 0.4 else ""
    return f"{place}市{road}{int(rng.integers(1, 1200))}号{tail}"
