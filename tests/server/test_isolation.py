"""One enterprise never sees another's rows by any route."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.test import Client

from tests.server.conftest import superuser
from tests.server.rows import MARK, fill, two_enterprises
from yufang import rates
from yufang.server import database


@pytest.fixture(scope="module")
def two(region: Any, cluster: database.Database, empty_database: str) -> tuple[tuple[int, str], tuple[int, str]]:
    """(id, path) of the safety manager's enterprise, and of another, which has a row in every tenant table."""
    with psycopg.connect(autocommit=True, **superuser(cluster, empty_database)) as admin:
        mine, other = two_enterprises(admin)
        fill(admin, other[1], other[0])
    return mine, other


def _id(table: str, column: str = "id") -> str:
    return f"SELECT {column} FROM {table} WHERE path = %s AND {column} IS NOT NULL LIMIT 1"


# path parameter or query parameter → SQL that finds such an id of the other enterprise
OTHERS = {
    "enterprise_id": "SELECT id FROM accounts_organisation WHERE path = %s",
    "point_id": _id("deduction_hazardpoint"),
    "warning_id": _id("warning_warning"),
    "mute_id": _id("warning_mutewindow"),
    "case_id": _id("cases_injurycase"),
    "campaign_id": _id("cases_campaign"),
    "item_id": _id("cases_campaignitem"),
    "bulk_id": _id("cases_bulkaccept"),
    "run_id": _id("governance_trainingrun"),
    "version_id": _id("governance_modelversion"),
    "source_id": _id("lake_datasource"),
    "pair_id": _id("linkage_pair"),
    "key": "SELECT 1 WHERE %s <> ''",  # of a cluster: who isn't of the region is refused before it is looked for
    "proposal_id": _id("rates_rateproposal"),
    "candidate_id": _id("graph_candidate"),
    "photo_id": _id("deduction_photo"),
    "area_id": _id("places_area"),
    "site_plan": _id("places_siteplan"),
    "hazard_id": _id("hazards_hazard"),
    "report_id": _id("reports_report"),
    "report_file": _id("reports_reportfile"),
    "idea_id": _id("participation_proposal"),
    "reward_id": _id("participation_reward"),
    "assessment_id": _id("participation_assessmentround"),
    "board_month": "SELECT 1 WHERE %s <> ''",  # of one's own enterprise: what another's is called isn't there
    "trial_id": _id("decisions_tabletrial"),
    "answer_client": _id("deduction_answer", "client_id"),
    "channel_id": _id("dispatch_channel"),
    "notice_id": _id("dispatch_notice"),
    "roster_id": _id("dispatch_roster"),
    "shift_id": _id("dispatch_shift"),
    "stand_in_id": _id("dispatch_standin"),
    "way_id": _id("dispatch_reach"),
    "plan_id": _id("inspections_plan"),
    "stop_id": _id("inspections_stop"),
    "order_id": _id("inspections_order"),
    "edge_node": _id("edge_edgenode"),
    "edge_signer": _id("edge_edgesigner"),
    "sensing_channel": _id("sensing_channel"),
    "sensing_source": _id("sensing_source"),
    "episode_id": _id("sensing_episode"),
    "worn_device": _id("positions_worndevice"),
    "worn_person": _id("accounts_person"),
    "permit_id": _id("riskmap_workpermit"),
    "cell": "SELECT 0 WHERE %s <> ''",
    "person_id": _id("accounts_person"),
    "export_id": _id("privacy_personalexport"),
    "erasure_id": _id("privacy_erasurerequest"),
    "hold_id": _id("privacy_legalhold"),
    "agreement_id": _id("privacy_sharingagreement"),
    "release_id": _id("privacy_statisticsrelease"),
    "dataset": "SELECT 'warnings' WHERE %s <> ''",
}
# Names that mean another table in another room.
OTHERS_IN = {
    "/inspections/photos/": {"photo_id": _id("inspections_photo")},
    "/inspections/items/": {"item_id": _id("inspections_item")},
    "/inspections/answers/": {"answer_client": _id("inspections_answer", "client_id")},
    "/hazards/photos/": {"photo_id": _id("hazards_hazardphoto")},
    "/decisions/": {"version_id": _id("decisions_decisiontableversion")},
    "/rates/runs/": {"run_id": _id("rates_raterun")},
}
_NOBODYS = "00000000-0000-0000-0000-000000000000"
NATIONAL = Path(rates.__file__).parent / "data/national.yaml"
# Bodies that would be accepted if the row were one's own.
BODIES = {
    "/dispatch/channels/{channel_id}": {"name": "x"},
    "/rosters/{roster_id}/shifts": {"person_id": 1, "starts_at": "2026-01-01T00:00Z", "ends_at": "2026-01-01T08:00Z"},
    "/shifts/{shift_id}": {"person_id": 1, "starts_at": "2026-01-01T00:00Z", "ends_at": "2026-01-01T08:00Z"},
    "/repeat-week": {"start": "2026-01-01T00:00:00Z"},
    "/papers": {"kind": "certificate", "code": "2", "done_on": "2026-01-01"},
    "/enterprises/{enterprise_id}/orders": {
        "client_id": _NOBODYS,
        "items": [{"hazard_id": 0}],
        "deadline": (date.today() + timedelta(days=10)).isoformat(),
    },
    "/rounds/{assessment_id}/answers": {"answers": {}},
    "/ideas/{idea_id}/support": {"support": True},
    "/ideas/{idea_id}/steps": {"kind": "decline", "text": "already done elsewhere"},
    "/boards/{board_month}/picks": {"idea_id": 1, "reason": "good"},
    "/channels/{sensing_channel}/place": {"x": 1, "y": 1},
    "/verify/answers": {"client_id": _NOBODYS, "point_id": 0, "result": "confirmed"},
    "/inspections/answers": {"client_id": _NOBODYS, "item_id": 0, "result": "ok"},
    "/answers": {"result": "confirmed", "note": ""},
    "/deduction/deduce": {"industry_code": "3311"},
    "/warnings/facts": {
        "organisation_id": 1,
        "rule": "gas",
        "subject_key": "x",
        "facts": {"x": True},
        "at": "2026-01-01T00:00Z",
    },
    "/rates/insured": {
        "name": "x.csv",
        "text": "统一社会信用代码,年度,缴费工资总额,基金支付,工伤人数,工亡人数,浮动档次\nE00000,2025,4000000,0,0,0,100",
    },
    "/rates/tables": {"text": NATIONAL.read_text("utf-8")},
    "/hand-on": {"to": 1, "note": ""},
    "/snooze": {"until": "2026-01-01T00:00Z", "note": "x"},
    "/decisions": {"facet": "accident_type", "code": "WSA10004", "note": ""},
    "/codes": {"code": "WSA10004"},
    "/adjudication": {"code": "WSA10004"},
    "/promote": {"reason": "better"},
    "/owner": {"owner": "x"},
    "/campaigns": {"title": "x", "facet": "accident_type", "first_coder": 1, "second_coder": 2, "size": 5},
    "/pairs/{pair_id}/words": {"same": True},
    "/candidates/{candidate_id}/words": {"accepted": True, "reason": "shown"},
    "/decisions/{version_id}/publish": {"reason": "tried"},
    "/decisions/{version_id}/save": {
        "sha256": "",
        "note": "",
        "document": {"urn": "urn:x", "version": "1", "name_zh": "x", "name_en": "x", "tables": []},
    },
    "/hazards/{hazard_id}/assign": {"to": 1, "note": ""},
    "/hazards/{hazard_id}/check": {"passed": True, "note": ""},
    "/hazards/{hazard_id}/reporter": {"done": True, "note": ""},
    "/hazards/{hazard_id}/opinions": {"of": 1, "question": "x"},
    "/hazards/{hazard_id}/opinion": {"agrees": True, "words": ""},
    "/hazards/{hazard_id}/level": {"level": "low"},
    "/hazards/{hazard_id}/major": {"major": True, "why": "x"},
}
# Queries that a route can't be asked without.
QUERIES = {
    "/cases/{case_id}/words": {"facet": "accident_type", "code": "WSA10004"},
    "/chart": {"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"},
}
BODIES |= {
    "/positions/devices/{worn_device}/issue": {"person_id": 1, "shift_ends": "2026-01-01T08:00Z"},
    "/positions/people/{worn_person}/looks": {"purpose": "rescue", "reason": "a drill"},
    "/positions/zones/{area_id}": {"kind": "watch"},
    "/privacy/people/{person_id}/reads": {"purpose": "a drill"},
    "/privacy/erasures/{erasure_id}/decision": {"accept": False, "answer": "no"},
    "/sharing/agreements/{agreement_id}/answer": {"accept": True},
    "/sharing/agreements/{agreement_id}/revoke": {"why": "privacy: it is over"},
    "/riskmap/permits/{permit_id}/extend": {"ends_at": "2026-01-01T08:00Z"},
    "/areas/{area_id}": {"organisation_id": 1, "key": "x", "name_zh": "x"},
    "/plans/{site_plan}": {"name": "x"},
}
# A right that an enterprise's person lacks is refused before the row is looked for.
_REFUSED = (
    "/enterprises/{enterprise_id}/orders",
    "/orderable-hazards",
    "/orders/{order_id}/withdraw",
    "/hazards/{hazard_id}/release",  # the authority's
    "/cases/{case_id}/decisions",
    "/bulk/{bulk_id}/undo",
    "/codes",
    "/adjudication",
    "/privacy/erasures/{erasure_id}/decision",
    "/privacy/holds/{hold_id}/lift",
    "/statistics/published/{release_id}/withdraw",  # privacy.publish is the region's
)


def _refused(path: str) -> bool:
    return path.endswith(_REFUSED) or any(
        room in path for room in ("/models/", "/lake/", "/linkage/", "/rates/", "/graph/")
    )


# Routes that name no enterprise's rows; a new route must be put here or carry a parameter of OTHERS.
OPEN_ROUTES = {
    # Of the enterprise that is asked for, in one's scope, or by a node's own signature or token (test_edge).
    "/api/edge/nodes",
    "/api/edge/signers",
    "/api/edge/bundles",
    "/api/edge/enrol",
    "/api/edge/batches",
    "/api/edge/report",
    "/api/edge/register",
    "/api/edge/positions",
    "/api/edge/bundles/{sha256}",
    # One's own, or the organisation in the body is looked for in one's scope (test_dispatch).
    "/api/dispatch/channels",
    "/api/dispatch/on-duty",
    "/api/dispatch/rosters",
    "/api/dispatch/rosters/choices",
    "/api/dispatch/stand-ins",
    "/api/dispatch/deliveries",
    "/api/dispatch/mine",
    "/api/dispatch/mine/order",
    "/api/dispatch/mine/browser",
    "/api/dispatch/inbox",
    "/api/dispatch/inbox/unread",
    "/api/dispatch/inbox/read",
    # The item stands in the body or a file is asked for first (test_inspections); refused without inspections.order.
    "/api/inspections/answers",
    "/api/inspections/items/{item_id}/photos/{photo_client}",
    "/api/inspections/choice",
    # What ships, or one's own versions by the scope (test_decisions).
    "/api/decisions",
    "/api/decisions/shipped",
    "/api/decisions/shipped/dmn",
    "/api/decisions/check",
    "/api/decisions/dmn",
    "/api/decisions/drafts",
    "/api/decisions/import",
    "/api/decisions/roll-back",
    # One's own, or the enterprise stands in body or query (test_positions).
    "/api/positions/people",
    "/api/positions/devices",
    "/api/positions/mine",
    "/api/positions/mine/consents",
    "/api/positions/mine/consents/{purpose}",
    "/api/positions/zones",
    # The enterprise stands in body or query (test_riskmap).
    "/api/riskmap",
    "/api/riskmap/replay",
    "/api/riskmap/permits",
    "/api/riskmap/permits/kinds",
    # A batch comes with a source's key; of the others the enterprise stands in body or query (test_sensing).
    "/api/sensing/batches",
    "/api/sensing/channels",
    "/api/sensing/events",
    "/api/sensing/sources",
    "/api/sensing/leak-watches",
    "/api/sensing/storms",  # these two: test_storms asks for another's
    "/api/sensing/sparks",
    "/api/hazards",  # lists are one's own by the scope, the enterprise of a new one stands in the body (test_hazards)
    "/api/hazards/kinds",
    "/api/hazards/criteria",
    "/api/hazards/{hazard_id}/photos",  # a file is asked for first
    # Privacy: one's own, or refused without privacy.oversee or privacy.decide (test_privacy).
    "/api/privacy/mine",
    "/api/privacy/mine/accesses",
    "/api/privacy/exports",
    "/api/privacy/erasures",
    "/api/privacy/accesses",
    "/api/privacy/holds",
    "/api/privacy/retention",
    "/api/privacy/people/find",
    # Sharing: one's own by the scope on either side; what is published is everybody's (test_sharing).
    "/api/sharing/agreements",
    "/api/sharing/partners",
    "/api/statistics/published",
    "/api/statistics/budgets",  # refused without privacy.publish
    "/api/warnings/mutes",  # the enterprise stands in the body (test_alerts)
    "/api/warnings/facts",
    "/api/auth/me",
    # One's own account, or a secret opens it (test_own_account); organisations beyond the scope give their name only
    # (test_break_glass).
    "/api/auth/second-step",
    "/api/auth/second-step/passkey-options",
    "/api/auth/second-step/passkey",
    "/api/auth/passkey-options",
    "/api/auth/passkey",
    "/api/auth/providers",
    "/api/auth/providers/{provider_id}",
    "/api/auth/providers/{provider_id}/signed-out",  # a token that the provider signed (test_identity_provider)
    "/api/auth/invitations/look",
    "/api/auth/invitations/accept",
    "/api/auth/confirm",
    "/api/auth/password",
    "/api/auth/security",
    "/api/auth/totp",
    "/api/auth/totp/confirm",
    "/api/auth/passkeys/options",
    "/api/auth/passkeys",
    "/api/auth/passkeys/{passkey_id}",
    "/api/auth/recovery-codes",
    "/api/auth/sessions",
    "/api/auth/sessions/{session_id}",
    "/api/auth/other-sessions/end",
    "/api/auth/emergency/organisations",
    "/api/auth/emergency",
    "/api/auth/emergency/close",
    # Under one's own place in the tree: test_administration asks for another's.
    "/api/accounts/organisations",
    "/api/accounts/organisations/tree",
    "/api/accounts/organisations/{organisation_id}",
    "/api/accounts/organisations/{organisation_id}/closing",
    "/api/accounts/organisations/{organisation_id}/close",
    "/api/accounts/organisations/{organisation_id}/reopen",
    "/api/accounts/people",
    "/api/accounts/people/{person_id}",
    "/api/accounts/people/{person_id}/close",
    "/api/accounts/people/{person_id}/reopen",
    "/api/accounts/people/{person_id}/reset",
    "/api/accounts/people/{person_id}/invitation",
    "/api/accounts/invitations",
    "/api/accounts/invitations/preview",
    "/api/accounts/roles",
    "/api/accounts/roles/{role_id}",
    "/api/accounts/keys",
    "/api/accounts/keys/grantable",
    "/api/accounts/keys/{key_id}/revoke",
    "/api/accounts/mappings",
    "/api/accounts/mappings/{mapping_id}",
    "/api/accounts/emergency",
    "/api/accounts/emergency/{glass_id}/looks",
    "/api/auth/sign-in",
    "/api/auth/sign-out",
    "/api/auth/demo-accounts",
    "/api/standards/{list_key}",
    "/api/health",
    "/api/events",  # its own tests
    "/api/ledger/checkpoint",
    "/api/ledger/entries",
    "/api/ledger/entries/{index}/proof",
    "/api/ledger/verify",
    # By the scope, row by row, or sizes and hashes only (test_ledger_proofs).
    "/api/ledger/signed",
    "/api/ledger/consistency",
    "/api/ledger/entries/{index}/proof-file",
    "/api/ledger/proof-file",
    "/api/ledger/stream",
    "/api/ledger/tile/entries/{place}",
    "/api/ledger/verification",
    "/api/ledger/retention",
    # Refused without cases.decide, region.read, cases.campaign or models.train (test_cases_desk, test_governance).
    "/api/cases/undo",
    "/api/cases/bulk",
    "/api/cases/bulk/preview",
    "/api/cases/classes",
    "/api/models",
    "/api/models/compare",
    "/api/models/accuracy",
    "/api/models/trainings",
    "/api/models/roll-back",
    "/api/verify/answers",  # the point stands in the body; its own test (test_verification)
    "/api/verify/answers/{answer_client}/photos",
    # Refused without region.read (test_graph).
    "/api/graph",
    "/api/graph/search",
    "/api/graph/explore",
    "/api/graph/node",
    "/api/graph/paths",
    "/api/graph/links",
    "/api/graph/cuts",
    "/api/graph/candidates",
    "/api/graph/export",
    "/api/rates",  # these: refused without region.read or rates.simulate (test_rates)
    "/api/rates/insured",
    "/api/rates/refused",
    "/api/rates/tables",
    "/api/rates/runs",
    "/api/lake/health",  # refused without region.read (test_lake)
    # One's own enterprise's, by the scope; a claim asks for a report's private code (test_participation).
    "/api/participation",
    "/api/participation/ideas",
    "/api/participation/boards",
    "/api/participation/mine",
    "/api/participation/opt-out",
    "/api/participation/rewards",
    "/api/participation/claims",
    "/api/participation/assessment",
    "/api/participation/assessment/rounds",
    "/api/participation/found",
    "/api/places/areas",  # these: the organisation stands in the body (test_places)
    "/api/places/plans",
    # Without sign-in: what a place's token, a report's id or its code gives is seen to by test_reports.
    "/api/report/places/{token}",
    "/api/report/places/{token}/plan",
    "/api/report/places/{token}/locate",
    "/api/report/suggest",
    "/api/report/reports/{client_id}",
    "/api/report/reports/{client_id}/files/{file_id}",
    "/api/report/follow/{code}",
    "/api/report/follow/{code}/confirm",
    "/api/report/follow/{code}/photos/{photo}",
    "/api/deduction/deduce",  # answers from what is asked, and from the packs or the region's model
}
LISTS = {
    "/api/inspections/plans",
    "/api/inspections/orders",
    "/api/inspections/rates",
    "/api/enterprises",
    "/api/warnings",
    "/api/cases",
    "/api/cases/progress",
    "/api/cases/similar",
    "/api/cases/coders",
    "/api/cases/campaigns",
    "/api/linkage/pairs",
    "/api/linkage/counts",
    "/api/verify/rates",
    "/api/verify/rates.csv",
    "/api/industries",
    "/api/region/overview",
    "/api/region/groups",
    "/api/region/map",
    "/api/organisations/people",
}


def _routes() -> list[tuple[str, str, set[str]]]:
    from yufang.server.api import api

    found = []
    for path, verbs in api.get_openapi_schema()["paths"].items():
        for verb, operation in verbs.items():
            names = {p["name"] for p in operation.get("parameters", [])}
            found.append((verb, path, names))
    return found


@pytest.mark.parametrize(("verb", "path", "names"), _routes(), ids=lambda v: v if isinstance(v, str) else "")
def test_no_route_gives_another_enterprises_rows(
    two: Any, sign_in: Any, as_superuser: psycopg.Connection[Any], verb: str, path: str, names: set[str]
) -> None:
    (_, mine), (other_id, other) = two
    client = sign_in("safety_manager")
    known = names & OTHERS.keys()
    if path in OPEN_ROUTES:
        return
    assert known or path in LISTS, f"{path} is new: say in this test which rows it gives"
    address = path
    query = dict(next((q for end, q in QUERIES.items() if path.endswith(end)), {}))
    for name in known:
        there = next((of[name] for room, of in OTHERS_IN.items() if room in path and name in of), OTHERS[name])
        row = as_superuser.execute(there, [other]).fetchone()
        assert row, f"the other enterprise has no {name}"
        address = address.replace("{" + name + "}", str(row[0]))
        if "{" + name + "}" not in path:
            query[name] = row[0]
    body = next((b for end, b in BODIES.items() if path.endswith(end)), {"note": ""})
    answer = client.get(address, query) if verb == "get" else getattr(client, verb)(address, body)
    if "{" in path or path in ("/api/organisations/people", "/api/places"):
        # The coder's routes are refused before the row is looked for.
        assert answer.status_code == (403 if _refused(path) else 404), answer.content
    elif answer.status_code != 403:
        _assert_only_own(client, as_superuser, answer, other_id, mine)


def _assert_only_own(client: Client, admin: psycopg.Connection[Any], answer: Any, other_id: int, mine: str) -> None:
    text = answer.content.decode()
    own_names = {r[0] for r in admin.execute("SELECT name FROM accounts_organisation WHERE path = %s", [mine])}
    all_names = {r[0] for r in admin.execute("SELECT name FROM accounts_organisation WHERE kind = 'enterprise'")}
    assert answer.status_code == 200
    assert not [name for name in all_names - own_names if name in text]
    assert not re.search(rf'"enterprise_id": ?{other_id}\b', text)
    assert not {path for path in MARK.findall(text) if not mine.startswith(path)}


@pytest.mark.parametrize(("path", "field"), [("/api/enterprises", "id"), ("/api/warnings", "enterprise_id")])
def test_lists_hold_ones_own_rows_and_the_regulator_sees_all(two: Any, sign_in: Any, path: str, field: str) -> None:
    (mine, _), (other, _) = two
    own = {item[field] for item in sign_in("safety_manager").get(path, {"size": 200}).json()["items"]}
    assert own == {mine}
    everyone = {item[field] for item in sign_in("supervisor").get(path, {"size": 200}).json()["items"]}
    assert {mine, other} <= everyone


def test_a_coder_may_decide_only_within_the_region(two: Any, sign_in: Any, as_superuser: Any) -> None:
    """The same action, called by someone who holds the permission and belongs to another enterprise."""
    from yufang.server.cases import actions
    from yufang.server.errors import Refused
    from yufang.server.scope import Actor

    (_, mine), (_, other) = two
    case_id = as_superuser.execute(OTHERS["case_id"], [other]).fetchone()[0]
    with pytest.raises(Refused) as refusal:
        actions.decide(Actor.platform(scope=mine), case_id, "accident_type", "WSA10004", "")
    assert refusal.value.status == 404
