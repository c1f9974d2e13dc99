"""The only code that writes the region, enterprises and profiles."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from yufang.server import bulk
from yufang.server.accounts import actions as accounts
from yufang.server.accounts.models import Organisation
from yufang.server.bulk import clean
from yufang.server.deduction.models import HazardPoint
from yufang.server.ledger import actions as ledger
from yufang.server.ledger.queries import newest_content
from yufang.server.live.events import ProfileChanged, emit
from yufang.server.names import industry_names
from yufang.server.profiles.models import Enterprise, ProfileMonth, Region
from yufang.server.scope import Actor, action

if TYPE_CHECKING:
    from yufang.profiles.contracts import RiskProfile
    from yufang.profiles.disease import ExposureResult
    from yufang.profiles.regional import RegionalView

OWNERS = "JOIN owners o ON o.key = s.owner"


@action
def follow_points(acting_user: Actor, enterprise_id: int) -> None:
    """Count confirmed points into the newest profile month; does nothing where the count stands already."""
    newest = ProfileMonth.objects.select_for_update().filter(organisation_id=enterprise_id).order_by("-month").first()
    if newest is None:
        return
    confirmed = HazardPoint.objects.filter(organisation_id=enterprise_id, status=HazardPoint.Status.CONFIRMED).count()
    if confirmed == newest.confirmed_since:
        return
    newest.confirmed_since = confirmed
    newest.save(update_fields=["confirmed_since"])
    ledger.append(
        acting_user,
        newest.path,
        "profiles.followed",
        f"enterprise:{enterprise_id}",
        {"confirmed": confirmed},
    )
    emit(ProfileChanged(id=enterprise_id, enterprise_id=enterprise_id, path=newest.path))


@action
def open_region(
    acting_user: Actor,
    *,
    name_zh: str,
    name_en: str,
    synthetic: bool,
    as_of: date | None,
    districts: dict[str, Any],
) -> Organisation:
    """Make the deployment's region, or bring what is said of it up to date."""
    number = accounts.open_organisation(
        acting_user,
        parent_id=None,
        kind=Organisation.Kind.REGULATOR,
        key="region",
        name=name_zh,
        synthetic=synthetic,
    )
    organisation = Organisation.objects.get(id=number)
    Region.objects.update_or_create(
        organisation=organisation,
        defaults={
            "path": organisation.path,
            "name_zh": name_zh,
            "name_en": name_en,
            "synthetic": synthetic,
            "as_of": as_of,
            "districts": districts,
        },
    )
    return organisation


@action
def open_enterprise(acting_user: Actor, organisation_id: int, credit_code: str, industry_code: str) -> None:
    """Put an enterprise that a person opened into the list, without rank until a run knows more of it."""
    organisation = Organisation.objects.get(id=organisation_id)
    zh, en = industry_names(industry_code)
    Enterprise.objects.create(
        organisation=organisation,
        path=organisation.path,
        name=organisation.name,
        credit_code=credit_code,
        industry_code=industry_code,
        industry_zh=zh,
        industry_en=en,
        synthetic=organisation.synthetic,
    )


@action
def rename_enterprise(acting_user: Actor, organisation_id: int, name: str) -> None:
    """The list follows the organisation's name; what is no enterprise stands in no list."""
    Enterprise.objects.filter(organisation_id=organisation_id).update(name=name)


ENTERPRISE = {
    "owner": "text",
    "name": "text",
    "credit_code": "text",
    "industry_code": "text",
    "industry_zh": "text",
    "industry_en": "text",
    "district": "text",
    "employees": "bigint",
    "longitude": "float8",
    "latitude": "float8",
    "processes": "text[]",
    "materials": "text[]",
}


@action
def load_enterprises(acting_user: Actor, region: Organisation, rows: Iterable[dict[str, Any]], synthetic: bool) -> str:
    """Take over the lake's enterprises; returns the content hash, for the loads that stand on this one."""
    taken = [_enterprise(row) for row in rows]
    accounts.open_enterprises(acting_user, region.pk, [(row[0], row[1]) for row in taken], synthetic)
    staged = bulk.stage(ENTERPRISE, taken)
    if newest_content("profiles.enterprises_loaded", region.path) == staged.content:
        return staged.content
    columns = [name for name in ENTERPRISE if name != "owner"]
    bulk.name_owners(region.pk)
    bulk.run(
        f"""
        INSERT INTO profiles_enterprise
            (organisation_id, path, synthetic, colour, sparkline, {", ".join(columns)})
        SELECT o.id, o.path, %(synthetic)s, '', '{{}}', {", ".join("s." + name for name in columns)}
        FROM stage s {OWNERS}
        ON CONFLICT (organisation_id) DO UPDATE SET
            {", ".join(f"{name} = excluded.{name}" for name in columns)}
        """,
        {"synthetic": synthetic},
    )
    # Enterprises that the lake no longer holds leave the list, unless a person opened them; their organisations,
    # answers and history stay.
    bulk.run(
        """
        DELETE FROM profiles_enterprise e USING owners o, accounts_organisation a
        WHERE o.id = e.organisation_id AND NOT EXISTS (SELECT 1 FROM stage s WHERE s.owner = o.key)
            AND a.id = o.id AND NOT a.by_hand
        """
    )
    ledger.append_load(acting_user, region.path, "profiles.enterprises_loaded", staged.rows, staged.content)
    return staged.content


def _enterprise(row: dict[str, Any]) -> tuple[Any, ...]:
    zh, en = industry_names(row["industry_code"] or "")
    return (
        row["enterprise_id"],
        clean(row["name"])[:200] or row["enterprise_id"],
        clean(row["credit_code"])[:40],
        clean(row["industry_code"])[:10],
        (zh or clean(row["industry_name"]))[:120],
        (en or clean(row["industry_name"]))[:200],
        clean(row["region"])[:120],
        row["employees"],
        row["longitude"],
        row["latitude"],
        [clean(p) for p in row["processes"] or []],
        [clean(m) for m in row["materials"] or []],
    )


EQUIPMENT = {
    "owner": "text",
    "key": "text",
    "name": "text",
    "kind": "text",
    "model": "text",
    "count": "bigint",
    "commissioned_on": "date",
}


@action
def load_equipment(acting_user: Actor, region: Organisation, rows: Iterable[dict[str, Any]], after: str) -> None:
    """Take over the lake's equipment; what is no longer there goes."""
    staged = bulk.stage(
        EQUIPMENT,
        (
            (
                row["enterprise_id"],
                row["equipment_id"],
                clean(row["name"])[:200],
                clean(row["kind"])[:80],
                clean(row["model"])[:120],
                row["count"],
                row["commissioned_on"],
            )
            for row in rows
        ),
        after=after,
    )
    if newest_content("profiles.equipment_loaded", region.path) == staged.content:
        return
    bulk.name_owners(region.pk)
    bulk.run(
        f"""
        INSERT INTO profiles_equipment (organisation_id, path, key, name, kind, model, count, commissioned_on)
        SELECT o.id, o.path, s.key, s.name, s.kind, s.model, s.count, s.commissioned_on FROM stage s {OWNERS}
        ON CONFLICT (organisation_id, key) DO UPDATE SET name = excluded.name, kind = excluded.kind,
            model = excluded.model, count = excluded.count, commissioned_on = excluded.commissioned_on
        """
    )
    bulk.run(
        """
        DELETE FROM profiles_equipment e USING owners o
        WHERE o.id = e.organisation_id AND NOT EXISTS (SELECT 1 FROM stage s WHERE s.owner = o.key AND s.key = e.key)
        """
    )
    ledger.append_load(acting_user, region.path, "profiles.equipment_loaded", staged.rows, staged.content)


PROFILE = {
    "owner": "text",
    "month": "date",
    "injuries_12m": "int",
    "lost_days_12m": "float8",
    "hazards_12m": "int",
    "expected_injuries": "float8",
    "expected_injuries_low": "float8",
    "expected_injuries_high": "float8",
    "expected_lost_days": "float8",
    "credibility": "float8",
    "class_code": "text",
    "score": "float8",
    "colour": "text",
    "trend": "float8",
    "peer_percentile": "float8",
    "reasons_zh": "text[]",
    "reasons_en": "text[]",
    "colour_rule": "text",
    "exposure": "float8",
    "exposure_basis": "text",
    "yearly_change": "float8",
    "yearly_change_low": "float8",
    "yearly_change_high": "float8",
    "seasons": "float8[]",
    "rungs": "jsonb",
    "movement": "jsonb",
}
_JSON = frozenset({"rungs", "movement"})

# The newest month of each enterprise moves beside the enterprise, with its rank and a year of scores.
_NEWEST = """
    WITH months AS (
        SELECT m.*, row_number() OVER (PARTITION BY organisation_id ORDER BY month DESC) AS back
        FROM profiles_profilemonth m WHERE path >= %(path)s AND path < %(path)s || '~'
            AND EXISTS (SELECT 1 FROM profiles_enterprise e WHERE e.organisation_id = m.organisation_id)
    ), newest AS (
        SELECT *, rank() OVER (ORDER BY score DESC, expected_lost_days DESC) AS place FROM months WHERE back = 1
    ), lines AS (
        SELECT organisation_id, array_agg(score ORDER BY month) AS line FROM months WHERE back <= 12 GROUP BY 1
    )
    UPDATE profiles_enterprise e SET rank = n.place, score = n.score, colour = n.colour, trend = n.trend,
        expected_injuries = n.expected_injuries, peer_percentile = n.peer_percentile,
        injuries_12m = n.injuries_12m, sparkline = l.line
    FROM newest n JOIN lines l USING (organisation_id) WHERE e.organisation_id = n.organisation_id
"""
_CONFIRMED = """
    UPDATE profiles_profilemonth m SET confirmed_since = c.n
    FROM (SELECT organisation_id, count(*) AS n FROM deduction_hazardpoint
          WHERE status = 'confirmed' GROUP BY 1) c
    WHERE m.organisation_id = c.organisation_id AND m.confirmed_since <> c.n
        AND m.month = (SELECT max(month) FROM profiles_profilemonth x WHERE x.organisation_id = m.organisation_id)
"""


@action
def load_profiles(acting_user: Actor, region: Organisation, profiles: Iterable[RiskProfile], after: str) -> None:
    """Take over a run's profiles; months that it doesn't speak of stay."""
    own = [name for name in PROFILE if name != "owner"]
    staged = bulk.stage(
        PROFILE,
        ((p.enterprise_id, *(_value(name, getattr(p, name)) for name in own)) for p in profiles),
        after=after,
    )
    if newest_content("profiles.profiles_loaded", region.path) == staged.content:
        return
    bulk.name_owners(region.pk)
    bulk.run(
        f"""
        INSERT INTO profiles_profilemonth (organisation_id, path, confirmed_since, {", ".join(own)})
        SELECT o.id, o.path, 0, {", ".join("s." + name for name in own)} FROM stage s {OWNERS}
        ON CONFLICT (organisation_id, month) DO UPDATE SET
            {", ".join(f"{name} = excluded.{name}" for name in own if name != "month")}
        """
    )
    bulk.run(_NEWEST, {"path": region.path})
    bulk.run(_CONFIRMED)
    ledger.append_load(acting_user, region.path, "profiles.profiles_loaded", staged.rows, staged.content)


def _value(name: str, value: Any) -> Any:
    if name in _JSON:
        return None if value is None else bulk.as_json(value)
    return list(value) if isinstance(value, tuple) else value


EXPOSURE = {"owner": "text", "key": "text", "measured_on": "date", "index": "float8", "body": "jsonb"}


@action
def load_exposure(acting_user: Actor, region: Organisation, results: Iterable[ExposureResult], after: str) -> None:
    """Take over measured exposure; results of other days and posts stay, those of enterprises not listed are left."""
    staged = bulk.stage(
        EXPOSURE,
        (
            (
                r.enterprise_id,
                clean(f"{r.place}|{r.post}|{r.key}|{r.fraction}|{r.measured_on}")[:400],
                r.measured_on,
                r.index,
                bulk.as_json(r),
            )
            for r in results
        ),
        after=after,
    )
    if not staged.rows or newest_content("profiles.exposure_loaded", region.path) == staged.content:
        return
    bulk.name_owners(region.pk)
    bulk.run(
        f"""
        INSERT INTO profiles_exposureindex (organisation_id, path, key, measured_on, index, body)
        SELECT DISTINCT ON (o.id, s.key) o.id, o.path, s.key, s.measured_on, s.index, s.body FROM stage s {OWNERS}
        ON CONFLICT (organisation_id, key) DO UPDATE SET index = excluded.index, body = excluded.body
        """
    )
    ledger.append_load(acting_user, region.path, "profiles.exposure_loaded", staged.rows, staged.content)


@action
def load_groups(acting_user: Actor, region: Organisation, view: RegionalView) -> None:
    """Take over the region's figures by sectors, posts, people and situations."""
    text = bulk.as_json(view)
    content = hashlib.sha256(text.encode()).hexdigest()
    if newest_content("profiles.groups_loaded", region.path) == content:
        return
    Region.objects.filter(organisation=region).update(groups=json.loads(text))
    ledger.append_load(acting_user, region.path, "profiles.groups_loaded", len(view.groups), content)
