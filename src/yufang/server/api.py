"""The API: every room's router, one form of refusal."""

from __future__ import annotations

from typing import Any

from django.db import DatabaseError, DataError, connection, transaction
from django.http import HttpRequest, HttpResponse
from ninja.errors import AuthenticationError, HttpError, ValidationError

from yufang import __version__
from yufang.server import schemas
from yufang.server.accounts.admin_api import router as administration
from yufang.server.accounts.api import router as accounts
from yufang.server.accounts.session import ServiceKeyed, SignedIn
from yufang.server.cases.api import router as cases
from yufang.server.cases.desk_api import router as case_desk
from yufang.server.decisions.api import router as decisions
from yufang.server.deduction.api import router as deduction
from yufang.server.deduction.verification.api import router as verification
from yufang.server.deduction.what_if.api import router as what_if
from yufang.server.dispatch.api import router as dispatch
from yufang.server.documenting import DocumentedAPI
from yufang.server.edge.api import router as edge
from yufang.server.errors import Contract, Problem, Refused
from yufang.server.governance.api import router as governance
from yufang.server.graph.api import router as graph
from yufang.server.hazards.api import router as hazards
from yufang.server.inspections.api import router as inspections
from yufang.server.lake.api import router as lake
from yufang.server.ledger.api import router as ledger
from yufang.server.linkage.api import router as linkage
from yufang.server.live.api import router as live
from yufang.server.parsing import CarefulParser
from yufang.server.participation.api import router as participation
from yufang.server.places.api import router as places
from yufang.server.positions.api import router as positions
from yufang.server.privacy.api import router as privacy
from yufang.server.privacy.sharing_api import router as sharing
from yufang.server.profiles.api import router as profiles
from yufang.server.rates.api import router as rates
from yufang.server.reports.api import router as reports
from yufang.server.riskmap.api import router as riskmap
from yufang.server.sensing.api import router as sensing
from yufang.server.sensing.live_api import router as sensing_live
from yufang.server.warning.api import router as warning
from yufang.server.wrong_values import in_chinese

api = DocumentedAPI(
    renderer=schemas.Utf8Renderer(),
    parser=CarefulParser(),
    title="yufang 预防",
    version=__version__,
    description="Explained, tiered warnings before people are hurt. 工伤事故预防平台接口。",
    auth=[ServiceKeyed(), SignedIn()],
    urls_namespace="api",
)
for room in (
    accounts,
    administration,
    profiles,
    deduction,
    verification,
    what_if,
    warning,
    case_desk,
    cases,
    governance,
    graph,
    lake,
    linkage,
    ledger,
    rates,
    decisions,
    places,
    reports,
    participation,
    dispatch,
    hazards,
    live,
    inspections,
    sensing,
    sensing_live,
    positions,
    riskmap,
    edge,
    privacy,
    sharing,
):
    api.add_router("", room)


class Health(Contract):
    ok: bool
    database: bool
    version: str


@api.get("/health", auth=None, response=Health, tags=["live"])
def health(request: HttpRequest) -> Health:
    """Whether the server and its database answer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        database = True
    except DatabaseError:
        database = False
    return Health(ok=database, database=database, version=__version__)


def _answer(request: HttpRequest, status: int, problem: Problem) -> HttpResponse:
    return api.create_response(request, problem.model_dump(), status=status)


@api.exception_handler(Refused)
def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return _answer(request, error.status, error.problem)


@api.exception_handler(AuthenticationError)
def not_signed_in(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    problem = Problem(code="not_signed_in", message_zh="请先登录。", message_en="Sign in first.")
    return _answer(request, 401, problem)


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, Refused):  # the parser says more than django-ninja does
        return refused(request, error.__cause__)
    if error.status_code == 403:
        problem = Problem(
            code="csrf_failed",
            message_zh="页面已过期，请刷新后重试。",
            message_en="The page is out of date; reload it and try again.",
        )
    else:
        problem = Problem(code="bad_request", message_zh=f"请求无法处理：{error}", message_en=str(error))
    return _answer(request, error.status_code, problem)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    first: dict[str, Any] = dict(error.errors[0])
    field = str(first["loc"][-1])
    problem = Problem(
        code="invalid",
        message_zh=f"字段 {field} 不符合要求（{in_chinese(first)}），请修改后重试。",
        message_en=f"The field {field} is not valid ({first['msg']}); correct it and try again.",
        field=field,
    )
    return _answer(request, 422, problem)


@api.exception_handler(DataError)
@api.exception_handler(OverflowError)
def beyond_what_can_be_kept(request: HttpRequest, error: Exception) -> HttpResponse:
    """A number, a date or a text that no column holds, where no field's own bounds said so before."""
    transaction.set_rollback(True)
    problem = Problem(
        code="invalid",
        message_zh="请求中有无法保存的值：数太大、日期太早或太晚，或文字中有空字符，请修改后重试。",
        message_en="The request holds a value that can't be kept: a number too large, a date too early or too late, or "
        "a NUL in a text; correct it and try again.",
    )
    return _answer(request, 422, problem)
