"""Records that speak for an item: the enterprise's own first, then those of the same authority, then the latest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import polars as pl

from yufang.deduction.contracts import SupportingRecord
from yufang.graph.linking import Linker, packs_covering

MOST = 5


@dataclass(slots=True)
class Support:
    """The latest `MOST` records by item, by item and place, and by item and enterprise; and how many there are."""

    latest: dict[tuple[str, str, str], list[SupportingRecord]] = field(default_factory=lambda: defaultdict(list))
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add_hazards(self, hazards: pl.DataFrame, keys: Sequence[Sequence[str]]) -> None:
        """Take in hazard records with the item keys of each."""
        frame = hazards.select("record_id", "origin", "found_on", "enterprise_id", "enterprise_name", "text", "agency")
        rows = sorted(zip(frame.iter_rows(), keys, strict=True), key=lambda pair: pair[0][2])
        for (record, origin, on, enterprise, name, text, agency), named in rows:
            one = SupportingRecord(
                record_id=record, origin=origin or "report", on=on, enterprise_name=name or "", text=text or ""
            )
            self._keep(one, named, agency or "", enterprise)

    def add_cases(self, cases: pl.DataFrame, keys: Sequence[Sequence[str]], linker: Linker | None) -> None:
        """Take in injury cases: for their own codes, and for the pack row that the narrative tells of."""
        linked: dict[int, str] = {}
        codes = cases["industry_code"].fill_null("").to_list()
        if linker is not None:
            covered = {code for code in set(codes) if packs_covering(linker.packs, code)}
            where = [i for i, code in enumerate(codes) if code in covered]
            texts = cases["narrative"].fill_null("").to_list()
            found = linker.link([texts[i] for i in where], [codes[i] for i in where])
            linked = {i: link.key for i, link in zip(where, found, strict=True) if link.key}
        frame = cases.select("case_id", "occurred_on", "enterprise_id", "enterprise_name", "narrative")
        rows = sorted(zip(frame.iter_rows(), range(len(codes)), keys, strict=True), key=lambda one: one[0][1])
        for (case, on, enterprise, name, text), i, named in rows:
            record = SupportingRecord(record_id=case, origin="case", on=on, enterprise_name=name or "", text=text or "")
            self._keep(record, [*named, *([linked[i]] if i in linked else [])], "", enterprise)

    def _keep(self, record: SupportingRecord, keys: Iterable[str], place: str, enterprise: str) -> None:
        for key in keys:
            if key.startswith("aux/"):
                continue
            self.counts[key] += 1
            for kind, value in (("all", ""), ("place", place), ("own", enterprise)):
                bucket = self.latest[kind, value, key]
                bucket.append(record)
                if len(bucket) > MOST:
                    bucket.pop(0)

    def of(self, key: str, enterprise: str, place: str) -> tuple[SupportingRecord, ...]:
        """At most `MOST` records for an item, nearest to the enterprise first, the latest first within each."""
        found: dict[str, SupportingRecord] = {}
        for kind, value in (("own", enterprise), ("place", place), ("all", "")):
            for record in reversed(self.latest.get((kind, value, key), ())):
                if len(found) < MOST:
                    found.setdefault(record.record_id, record)
        return tuple(found.values())

    def own(self, key: str, enterprise: str) -> list[SupportingRecord]:
        """The enterprise's own records of an item, oldest first, at most `MOST`."""
        return self.latest.get(("own", enterprise, key), [])
