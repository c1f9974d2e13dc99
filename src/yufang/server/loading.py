"""What a run left on disk, taken over into the rooms. Loading the same folder twice changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.utils import timezone

from yufang.server.accounts import actions as accounts
from yufang.server.accounts.models import Organisation
from yufang.server.cases import actions as cases
from yufang.server.decisions import queries as decisions
from yufang.server.deduction import actions as deduction
from yufang.server.deduction.what_if import model as what_if_model
from yufang.server.governance import actions as governance
from yufang.server.graph import actions as graph
from yufang.server.lake import actions as data_health
from yufang.server.ledger import actions as ledger
from yufang.server.linkage import actions as linkage
from yufang.server.places import demo as demo_places
from yufang.server.profiles import actions as profiles
from yufang.server.profiles.models import Enterprise
from yufang.server.rates import actions as rates
from yufang.server.scope import Actor, scoped
from yufang.server.warning import actions as warning

# (what is being loaded, steps done, steps in all)
Progress = Callable[[str, int, int], None]
STEPS = (
    *("enterprises", "equipment", "cases", "codes", "hazard points"),
    *("profiles", "warnings", "data health", "checkpoint"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a folder held."""

    region_id: int
    region_name: str
    synthetic: bool
    enterprises: int
    cases: int
    codes: int
    hazard_points: int
    profiles: int
    warnings: int


def load_results(folder: Path, acting_user: Actor, progress: Progress = lambda *_: None, *, name: str = "") -> Loaded:
    """Take over `folder` (layout: `yufang.run.results`, `region.json` where there is one).

    `name` is the region's where no region.json says it. Everything is read before anything is written. Raises
    FileNotFoundError naming the missing file, ValueError for a region.json that can't be read.
    """
    # Here, because they bring the whole analysis along, which a start of the web server doesn't need.
    from yufang.lake import Lake
    from yufang.profiles.regional import regional_view
    from yufang.profiles.stored import read_exposure
    from yufang.run.results import RunResults

    results = RunResults.read(folder)
    lake = Lake(folder / "lake")
    tables = {key: lake.table(key) for key in ("enterprises", "equipment", "injury_cases")}
    about = _about(folder, name)
    insurance = rates.insured_in(folder)
    done = iter(range(len(STEPS) + 1))

    def step() -> None:
        n = next(done)
        progress(STEPS[n] if n < len(STEPS) else "", n, len(STEPS))

    synthetic = bool(about["synthetic"])
    region = profiles.open_region(
        acting_user,
        name_zh=about["name_zh"],
        name_en=about["name_en"],
        synthetic=synthetic,
        as_of=date.fromisoformat(about["today"]) if about.get("today") else None,
        districts=about.get("districts") or {"type": "FeatureCollection", "features": []},
    )
    step()
    today = date.fromisoformat(about["today"]) if about.get("today") else timezone.localdate()
    base = profiles.load_enterprises(acting_user, region, tables["enterprises"].iter_rows(named=True), synthetic)
    step()
    profiles.load_equipment(acting_user, region, tables["equipment"].iter_rows(named=True), base)
    step()
    known = cases.load_cases(acting_user, region, tables["injury_cases"].iter_rows(named=True), base, synthetic)
    step()
    cases.load_codes(acting_user, region, results.codes.iter_rows(named=True), known)
    cases.load_gold_labels(acting_user, region, tables["injury_cases"].iter_rows(named=True), known)
    governance.adopt_run_models(acting_user, region, folder / "models")
    step()
    deduction.load_points(acting_user, region, results.points, base, synthetic)
    what_if_model.adopt(region.pk, folder)
    step()
    profiles.load_profiles(acting_user, region, results.profiles, base)
    profiles.load_exposure(acting_user, region, read_exposure(folder), base)
    month = max((p.month for p in results.profiles), default=None)
    if month:
        profiles.load_groups(
            acting_user, region, regional_view(tables["enterprises"], tables["injury_cases"], at=month)
        )
    step()
    with scoped(acting_user):
        warnings = decisions.tiered_anew(region, results, today)
    warning.load_warnings(acting_user, region, warnings, base, synthetic)
    step()
    data_health.load_health(acting_user, region, lake, today, synthetic)
    linkage.load_kept(acting_user, region, lake, synthetic)
    for file, insured in insurance:
        rates.load_insured(acting_user, region, insured, file)
    graph.load_kept(acting_user, region, folder, synthetic)
    step()
    _open_sites(acting_user, region, about.get("sites") or [], synthetic)
    ledger.keep_checkpoint(acting_user)
    step()
    return Loaded(
        region_id=region.pk,
        region_name=about["name_zh"],
        synthetic=synthetic,
        enterprises=tables["enterprises"].height,
        cases=tables["injury_cases"].height,
        codes=results.codes.height,
        hazard_points=len(results.points),
        profiles=len(results.profiles),
        warnings=len(warnings),
    )


def _about(folder: Path, name: str) -> dict[str, Any]:
    path = folder / "region.json"
    if not path.exists():
        return {"name_zh": name or "本辖区", "name_en": name or "Region", "synthetic": False}
    about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    missing = {"name_zh", "name_en", "synthetic"} - about.keys()
    if missing:
        raise ValueError(f"{path} lacks {', '.join(sorted(missing))}")
    return about


def _open_sites(acting_user: Actor, region: Organisation, sites: list[dict[str, Any]], synthetic: bool) -> None:
    """Sites and their teams, under the enterprises that region.json names."""
    for site in sites:
        with scoped(acting_user):
            owner = Organisation.objects.filter(
                parent=region, kind=Organisation.Kind.ENTERPRISE, key=site["enterprise_id"]
            ).first()
        if owner is None:
            continue
        place = accounts.open_organisation(
            acting_user,
            parent_id=owner.pk,
            kind=Organisation.Kind.SITE,
            key=site["name"],
            name=site["name"],
            synthetic=synthetic,
        )
        for team in site.get("teams", ()):
            accounts.open_organisation(
                acting_user,
                parent_id=place,
                kind=Organisation.Kind.TEAM,
                key=team,
                name=team,
                synthetic=synthetic,
            )


def admit_demo_accounts(acting_user: Actor, region_id: int) -> None:
    """The demo's people. The safety manager and the team leader belong to the first enterprise with a site."""
    from yufang.server.accounts.demo_accounts import ACCOUNTS

    with scoped(acting_user):
        listed = Enterprise.objects.filter(organisation__parent_id=region_id).values("pk")
        teams = Organisation.objects.filter(kind=Organisation.Kind.TEAM, parent__parent__in=listed)
        team = teams.order_by("id").first()
        site = team.parent if team else None
        home = site.parent if site else Organisation.objects.filter(id__in=listed).order_by("id").first()
    if home is not None:
        demo_places.open_all(acting_user, home, team)
    for account in ACCOUNTS:
        at_enterprise = account.role in ("safety_manager", "team_leader", "worker")
        if at_enterprise and home is None:
            continue
        place = region_id if not at_enterprise or home is None else home.pk
        accounts.admit_person(
            acting_user,
            organisation_id=team.pk if account.role in ("team_leader", "worker") and team else place,
            username=account.username,
            password=account.password,
            name=account.name_zh,
            name_en=account.name_en,
            roles=[account.role],
        )
