"""The OpenAPI document of the API: what django-ninja writes, and what it leaves out."""

from __future__ import annotations

from typing import Any, ClassVar

from ninja import NinjaAPI

from yufang.server.errors import Problem

_JPEG = ("image/jpeg",)
# Operations that answer with a file, and of which types.
FILES: dict[str, tuple[str, ...]] = {
    "/api/decisions/dmn": ("application/xml",),
    "/api/decisions/shipped/dmn": ("application/xml",),
    "/api/decisions/{version_id}/dmn": ("application/xml",),
    "/api/edge/bundles/{sha256}": ("application/octet-stream",),
    "/api/graph/export": ("application/xml", "text/turtle", "text/csv", "application/zip"),
    "/api/hazards/photos/{photo_id}": _JPEG,
    "/api/inspections/photos/{photo_id}": _JPEG,
    "/api/ledger/entries/{index}/proof-file": ("text/plain",),
    "/api/ledger/proof-file": ("text/plain",),
    "/api/ledger/stream": ("application/x-ndjson",),
    "/api/ledger/tile/entries/{place}": ("application/octet-stream",),
    "/api/places/areas/{area_id}/code.png": ("image/png",),
    "/api/places/areas/{area_id}/code.svg": ("image/svg+xml",),
    "/api/places/plans/{site_plan}/image": _JPEG,
    "/api/privacy/exports/{export_id}/file": ("application/zip",),
    "/api/report/follow/{code}/photos/{photo}": _JPEG,
    "/api/report/places/{token}/plan": _JPEG,
    "/api/reports/files/{report_file}": (*_JPEG, "audio/webm", "audio/ogg", "audio/mp4"),
    "/api/verify/photos/{photo_id}": _JPEG,
    "/api/verify/rates.csv": ("text/csv",),
}
_FILE = {"schema": {"type": "string", "format": "binary"}}


class DocumentedAPI(NinjaAPI):
    """Its document is valid OpenAPI 3.1: tuples stand under `prefixItems`, where django-ninja has a list of items.

    It declares of every operation that it may refuse with a `Problem`, whichever status that has: any of them may find
    nobody signed in, a right that lacks, a field that is not valid, a budget that is used up. Answers that are files
    have their own types.
    """

    _documents: ClassVar[dict[str, Any]] = {}  # seconds to make

    def get_openapi_schema(self, **how: Any) -> Any:
        if (known := self._documents.get(repr(how))) is not None:
            return known
        document = _tuples_named(super().get_openapi_schema(**how))
        document["components"]["schemas"].setdefault("Problem", Problem.model_json_schema())
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        for path, operations in document["paths"].items():
            for operation in operations.values():
                operation["responses"].setdefault("4XX", {"description": "Refused", "content": content})
                if path in FILES:
                    operation["responses"][200]["content"] = dict.fromkeys(FILES[path], _FILE)
        self._documents[repr(how)] = document
        return document


def _tuples_named(part: Any) -> Any:
    if isinstance(part, list):
        return [_tuples_named(one) for one in part]
    if not isinstance(part, dict):
        return part
    if isinstance(part.get("items"), list):
        part = {k: v for k, v in part.items() if k != "items"} | {"prefixItems": part["items"]}
    return {name: _tuples_named(one) for name, one in part.items()}
