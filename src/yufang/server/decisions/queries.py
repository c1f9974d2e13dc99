"""Reads of decision tables: which one stands for an organisation, versions, trials, history."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from yufang.server.accounts.models import Organisation, Person
from yufang.server.accounts.queries import person_label, person_label_en
from yufang.server.decisions import documents
from yufang.server.decisions.contracts import (
    DecisionDesk,
    DecisionDocumentIn,
    TableChangeOut,
    TableCheck,
    TableFinding,
    TableTrialOut,
    TableVersionDetail,
    TableVersionRow,
    TrialResult,
)
from yufang.server.decisions.models import DecisionTableVersion, TableChange, TableTrial
from yufang.server.errors import not_found
from yufang.server.scope import Actor

if TYPE_CHECKING:
    from yufang.run.results import RunResults
    from yufang.warning.contracts import TieredWarning
    from yufang.warning.tiers import TierTable

TIERS = "tiers"
MOST_LISTED = 200
State = DecisionTableVersion.State


def table_for(path: str) -> TierTable:
    """The tier table that stands for the organisation at `path`: its own, else its region's, else what ships."""
    version, xml = standing(path)
    return tier_table(documents.sha256(xml) if version is None else version.sha256, xml)


def standing(path: str) -> tuple[DecisionTableVersion | None, str]:
    """The published version that stands for the organisation at `path` (None: what ships), and its DMN file."""
    from yufang.warning.tiers import default_text

    version = version_for(path)
    return version, default_text() if version is None else version.xml


def version_for(path: str) -> DecisionTableVersion | None:
    """The published version nearest above `path`."""
    above = [path[: at + 1] for at, sign in enumerate(path) if sign == "/" and at]
    found = DecisionTableVersion.objects.filter(kind=TIERS, state=State.PUBLISHED, path__in=above)
    return max(found, key=lambda v: len(v.path), default=None)


@lru_cache(maxsize=64)
def tier_table(sha256: str, xml: str) -> TierTable:
    """A stored table, read once."""
    from yufang.warning.tiers import read_table

    return read_table(xml)


@lru_cache(maxsize=256)
def findings(sha256: str, xml: str) -> tuple[TableFinding, ...]:
    """What the checks find in a stored version."""
    from yufang.warning.tiers import findings as found_in

    return tuple(documents.finding_out(f) for f in found_in(documents.read(xml)))


def around(home: Organisation) -> tuple[tuple[str, ...], TierTable | None]:
    """What a trial must know of other tables: paths of enterprises below that have their own; for an enterprise, the
    table that stands above it."""
    own = DecisionTableVersion.objects.filter(kind=TIERS, state=State.PUBLISHED, path__startswith=home.path)
    without = tuple(own.exclude(organisation=home).values_list("path", flat=True))
    if home.kind != Organisation.Kind.ENTERPRISE:
        return without, None
    above = home.path[: home.path.rstrip("/").rindex("/") + 1]
    return without, table_for(above)


def tiered_anew(region: Organisation, results: RunResults, at: date) -> tuple[TieredWarning, ...]:
    """A run's warnings by the tables that are published here; as the run gave them where there are none."""
    from yufang.warning import warnings_for

    published = DecisionTableVersion.objects.filter(kind=TIERS, state=State.PUBLISHED)
    own = {
        v.organisation.key: tier_table(v.sha256, v.xml)
        for v in published.filter(path__startswith=region.path).exclude(path=region.path).select_related("organisation")
    }
    if version_for(region.path) is None and not own:
        return results.warnings
    found = warnings_for(
        [p for p in results.points if p[0] not in own],
        [p for p in results.profiles if p.enterprise_id not in own],
        at=at,
        table=table_for(region.path),
    )
    for key, table in own.items():
        found += warnings_for(
            [p for p in results.points if p[0] == key],
            [p for p in results.profiles if p.enterprise_id == key],
            at=at,
            table=table,
        )
    return found


def desk(acting_user: Actor) -> DecisionDesk:
    """The tables of the reader's organisation and the one that stands for it."""
    home = Organisation.objects.filter(path=acting_user.scope).first()
    if home is None:
        raise not_found()
    version, xml = standing(home.path)
    versions = DecisionTableVersion.objects.filter(kind=TIERS, path__startswith=home.path)
    versions = versions.order_by("-number", "-id")
    return DecisionDesk(
        organisation_id=home.pk,
        organisation=home.name,
        region=home.kind == Organisation.Kind.REGULATOR,
        standing=row(acting_user, version) if version else None,
        standing_sha256=documents.sha256(xml),
        shipped_version=tier_table(*_shipped()).version,
        versions=[row(acting_user, v) for v in versions[:MOST_LISTED]],
        changes=[change_out(c) for c in _changes().filter(organisation=home)],
        can_roll_back=bool(pile(home.pk)),
        synthetic=home.synthetic,
    )


def _shipped() -> tuple[str, str]:
    from yufang.warning.tiers import default_text

    return documents.sha256(default_text()), default_text()


def _changes() -> Any:
    return TableChange.objects.select_related("version", "previous", "by").order_by("-id")


def row(acting_user: Actor, version: DecisionTableVersion) -> TableVersionRow:
    """A version in a list."""
    given, rules = _heading(version.sha256, version.xml)
    # Of a region's table, read by an enterprise, the author is hidden.
    author = Person.objects.filter(id=version.author_id).first()
    return TableVersionRow(
        id=version.pk,
        number=version.number,
        version=given,
        state=version.state,
        note=version.note,
        organisation_id=version.organisation_id,
        organisation=_name(version),
        own=version.path == acting_user.scope,
        author=person_label(author) or "",
        author_en=person_label_en(author) or "",
        made_at=version.made_at,
        saved_at=version.saved_at,
        published_at=version.published_at,
        sha256=version.sha256,
        based_on=version.based_on_id,
        rules=rules,
        tried=exact_trial(version) is not None,
    )


@lru_cache(maxsize=512)
def _heading(sha256: str, xml: str) -> tuple[str, int]:
    """The version that the author gave, and how many rules there are."""
    document = documents.read(xml)
    return document.version, sum(len(table.rules) for table in document.tables)


def _name(version: DecisionTableVersion) -> str:
    """A region's own row is hidden from the people of an enterprise, its table is not."""
    home = Organisation.objects.filter(id=version.organisation_id).first()
    return home.name if home else ""


def exact_trial(version: DecisionTableVersion) -> TableTrial | None:
    """The newest finished trial of the version exactly as it is, beside the table that stands now."""
    done = version.trials.filter(state=TableTrial.State.DONE, sha256=version.sha256)
    if version.state == State.DRAFT:
        done = done.filter(against_sha256=documents.sha256(standing(version.path)[1]))
    newest: TableTrial | None = done.order_by("-id").first()
    return newest


def version(acting_user: Actor, version_id: int) -> TableVersionDetail:
    """One version with its tables, its newest trial and what was done with it."""
    found = DecisionTableVersion.objects.filter(id=version_id).first()
    if found is None:
        raise not_found()
    trial = found.trials.order_by("-id").first()
    return TableVersionDetail(
        row=row(acting_user, found),
        document=documents.document_out(documents.read(found.xml)),
        findings=list(findings(found.sha256, found.xml)),
        trial=trial_out(trial) if trial else None,
        changes=[change_out(c) for c in _changes().filter(version=found)],
    )


def shipped() -> TableVersionDetail:
    """The table that ships with the platform."""
    sha256, xml = _shipped()
    document = documents.read(xml)
    return TableVersionDetail(
        row=None,
        document=documents.document_out(document),
        findings=list(findings(sha256, xml)),
        trial=None,
        changes=[],
    )


def xml(version_id: int | None) -> tuple[str, str]:
    """Name and content of a version's DMN file; None: what ships."""
    if version_id is None:
        return "tiers.dmn", _shipped()[1]
    found = DecisionTableVersion.objects.filter(id=version_id).first()
    if found is None:
        raise not_found()
    return f"tiers-v{found.number}.dmn", found.xml


def check(version_id: int | None, grid: DecisionDocumentIn) -> TableCheck:
    """Faults of a grid that was not saved, beside the version that it was made from."""
    return documents.check_grid(documents.read(xml(version_id)[1]), grid)


def written(version_id: int | None, grid: DecisionDocumentIn) -> str:
    """The DMN file of a grid that was not saved."""
    return documents.write(documents.from_grid(documents.read(xml(version_id)[1]), grid))


def trial(trial_id: int) -> TableTrialOut:
    """One trial."""
    found = TableTrial.objects.select_related("version", "asked_by").filter(id=trial_id).first()
    if found is None:
        raise not_found()
    return trial_out(found)


def trial_out(trial: TableTrial) -> TableTrialOut:
    """A trial as it leaves the room."""
    exact = exact_trial(trial.version)
    return TableTrialOut(
        id=trial.pk,
        version_id=trial.version_id,
        state=trial.state,
        exact=exact is not None and exact.pk == trial.pk,
        since=trial.since,
        until=trial.until,
        done=trial.done,
        total=trial.total,
        asked_by=person_label(trial.asked_by) or "",
        asked_by_en=person_label_en(trial.asked_by) or "",
        asked_at=trial.asked_at,
        finished_at=trial.finished_at,
        problem_zh=trial.problem_zh,
        problem_en=trial.problem_en,
        result=TrialResult.model_validate(trial.result) if trial.result is not None else None,
    )


def change_out(change: TableChange) -> TableChangeOut:
    """A publication or a return as it leaves the room."""
    return TableChangeOut(
        kind=change.kind,
        version_id=change.version_id,
        number=change.version.number if change.version else None,
        previous_number=change.previous.number if change.previous else None,
        trial_id=change.trial_id,
        reason=change.reason,
        by=person_label(change.by) or "",
        by_en=person_label_en(change.by) or "",
        at=change.at,
        ledger_index=change.ledger_index,
    )


def pile(organisation_id: int) -> list[DecisionTableVersion]:
    """Versions that were at work, the present one last: publications pile up, a return takes the top one off."""
    found: list[DecisionTableVersion] = []
    changes = TableChange.objects.filter(organisation_id=organisation_id, table_kind=TIERS).select_related("version")
    for change in changes.order_by("id"):
        if change.kind == TableChange.Kind.ROLLED_BACK:
            del found[-1:]
        elif change.version is not None:
            found.append(change.version)
    return found
