"""All that is kept of a person, gathered from what rooms declare, as one ZIP: JSON for programs, HTML for people."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from datetime import date, datetime
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from yufang.server.accounts.models import Person
from yufang.server.privacy import vault
from yufang.server.privacy.holdings import Holding, holdings
from yufang.server.scope import set_local

MOST_ROWS = 5_000  # of one kind of record; the count of all stands beside


def concerns(holding: Holding, person_id: int, fields: tuple[str, ...] | None = None) -> Q:
    """Condition: rows that name the person in any field, or in `fields`."""
    found = Q()
    for field in fields or holding.of:
        found |= Q(**{field: person_id})
    return found


def gathered(person: Person) -> list[dict[str, Any]]:
    """One entry a kind of record that names the person: what it is, what it rests on, and its rows."""
    found = []
    for model, holding in holdings():
        rows = model.objects.filter(concerns(holding, person.pk)).distinct()
        count = rows.count()
        if count:
            found.append(
                {
                    "record": model._meta.label_lower,
                    "zh": holding.zh,
                    "en": holding.en,
                    "law": holding.law,
                    "count": count,
                    "rows": [_row(row, holding, person.pk) for row in rows.order_by("-pk")[:MOST_ROWS]],
                }
            )
    return found


def _row(row: Any, holding: Holding, person_id: int) -> dict[str, Any]:
    names = {f.name for f in row._meta.get_fields()}
    as_what = [field for field in holding.of if field in names and getattr(row, f"{field}_id", None) == person_id]
    return {"id": plain(row.pk), "as": as_what} | {name: plain(getattr(row, name)) for name in holding.shows}


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value if value is None or isinstance(value, str | int | float | bool | list | dict) else str(value)


def packed(person: Person, by: str, purpose: str, now: datetime) -> bytes:
    """The ZIP. Each file says who made it, when and what for."""
    mark = {"by": by, "at": now.isoformat(timespec="seconds"), "purpose": purpose}
    account = {
        "id": person.pk,
        "username": person.username,
        "name": person.name,
        "name_en": person.name_en,
        "locale": person.locale,
        "organisation": person.organisation.name,
        "roles": list(person.roles),
    }
    set_local("yufang.person", str(person.pk))  # sessions and sign-in factors show to their person only
    records = gathered(person)
    set_local("yufang.person", "")
    data = {"mark": mark, "account": account, "records": records}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=1))
        archive.writestr("zh.html", _page(account, records, mark, "zh"))
        archive.writestr("en.html", _page(account, records, mark, "en"))
    return buffer.getvalue()


_TEXTS = {
    "zh": ("个人信息副本", "导出：{by}，{at}，用途：{purpose}", "账号", "依据", "共 {n} 条", "本人查阅"),
    "en": (
        "Copy of personal data",
        "Exported by {by}, {at}; purpose: {purpose}",
        "Account",
        "rests on",
        "{n} in all",
        "one's own",
    ),
}


def _page(account: dict[str, Any], records: list[dict[str, Any]], mark: dict[str, str], language: str) -> str:
    title, line, account_word, law_word, all_word, own = _TEXTS[language]
    told = escape(line.format(**mark | {"purpose": mark["purpose"] or own}))
    parts = [
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{title}</title>',
        "<style>body{font:15px/1.6 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        "table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem;font-size:13px}"
        "th,td{border:1px solid #ccc;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
        ".mark{color:#666;border:1px solid #ccc;padding:.4rem .8rem;position:sticky;top:0;background:#fff}</style>",
        f"<h1>{title}</h1><p class=mark>{told}</p><h2>{account_word}</h2>{_table([account])}",
    ]
    for one in records:
        heading = f"{escape(one[language])} · {all_word.format(n=one['count'])}"
        parts.append(f"<h2>{heading}</h2><p>{law_word} {escape(one['law'])}</p>{_table(one['rows'])}")
    return "\n".join([*parts, f"<p class=mark>{told}</p></html>"])


def _table(rows: list[dict[str, Any]]) -> str:
    names = list(rows[0])
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join("<tr>" + "".join(f"<td>{_cell(row[name])}</td>" for name in names) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _cell(value: Any) -> str:
    if value is None:
        return "—"
    return escape(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def file_of(name: UUID) -> Path:
    """Where an export lies."""
    found: Path = settings.CONFIG.home.resolve() / "exports" / f"{name}.sealed"
    return found


def put(name: UUID, content: bytes) -> str:
    """Keep an export sealed, whole or not at all; returns the SHA-256 of the ZIP."""
    file = file_of(name)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = file.with_suffix(".part")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(vault.seal(content, "exports.file", name))
        out.flush()
        os.fsync(out.fileno())
    os.replace(unfinished, file)
    return hashlib.sha256(content).hexdigest()


def get(name: UUID) -> bytes | None:
    """An export, or None where it is gone."""
    try:
        return vault.open_sealed(file_of(name).read_text(), "exports.file", name)
    except FileNotFoundError:
        return None


def drop(name: UUID) -> None:
    """Delete an export."""
    file_of(name).unlink(missing_ok=True)
