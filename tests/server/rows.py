"""Rows of any tenant table, straight into the database: enough of one for it to be tried who may see and change it."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import psycopg
from django.apps import apps
from django.db import models
from psycopg.types.json import Jsonb

from yufang.server.tenancy import TenantModel

# What a table's checks, or its readers, want of a row.
_WANTED: dict[str, dict[str, Any]] = {
    "participation_reward": {"person_id": 1},
    "privacy_statisticsbudget": {"spent": 0},
    "privacy_statisticsrelease": {"method": "cells", "by_what": "month"},  # everybody reads it
}
# How a text says whose row it is of.
MARK = re.compile(r"⟦(/[\d/]+)⟧")
_NUMBERS = count(10_000)
_FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def tenant_models() -> list[type[TenantModel]]:
    """Every model whose table is under row-level security, by the name of its table."""
    found = (model for model in apps.get_models() if issubclass(model, TenantModel))
    return sorted(found, key=lambda model: model._meta.db_table)


def made_row(model: type[TenantModel], path: str, organisation_id: int) -> dict[str, Any]:
    """Values of a made-up row that belongs to the organisation at `path`, by column.

    The row needn't mean anything, it only has to be somebody's. Its texts carry the organisation's mark, ⟦/1/23/⟧,
    where they are long enough.
    """
    values = {
        field.column: _value(field, path, organisation_id)
        for field in model._meta.concrete_fields
        if not (field.generated or (field.primary_key and isinstance(field, models.AutoField)))
    }
    return values | _WANTED.get(model._meta.db_table, {})


def insert(connection: psycopg.Connection[Any], model: type[TenantModel], values: dict[str, Any]) -> None:
    """Add a row as whoever is connected."""
    columns, marks = ", ".join(f'"{column}"' for column in values), ", ".join(["%s"] * len(values))
    connection.execute(f"INSERT INTO {model._meta.db_table} ({columns}) VALUES ({marks})", list(values.values()))


def fill(admin: psycopg.Connection[Any], path: str, organisation_id: int) -> None:
    """Add a row of the organisation to every tenant table that has none of it; foreign keys and triggers are off."""
    admin.execute("SET session_replication_role = replica")
    try:
        for model in tenant_models():
            there = f"SELECT 1 FROM {model._meta.db_table} WHERE path = %s LIMIT 1"
            if admin.execute(there, [path]).fetchone() is None:
                insert(admin, model, made_row(model, path, organisation_id))
    finally:
        admin.execute("SET session_replication_role = origin")


def _value(field: models.Field[Any, Any], path: str, organisation_id: int) -> Any:
    number = next(_NUMBERS)
    if field.name == "path":
        return path
    if field.is_relation:
        if field.related_model._meta.db_table == "accounts_organisation":
            return organisation_id
        return None if field.null else number
    if field.null and field.get_internal_type() != "UUIDField":  # what a person's device calls its row
        return None
    if field.choices:
        return next(value for value, _ in field.flatchoices if value != "")
    match field.get_internal_type():
        case "CharField" | "TextField":
            text = f"{number}⟦{path}⟧"
            return text if len(text) <= (field.max_length or 1000) else str(number)[-(field.max_length or 5) :]
        case "DateField":
            return (_FIRST + timedelta(days=number)).date()
        case "DateTimeField":
            return _FIRST + timedelta(minutes=number)
        case "FloatField":
            return 1.0
        case "DecimalField":
            return Decimal(1)
        case "BooleanField":
            return True
        case "JSONField":
            return Jsonb({})
        case "ArrayField":
            return []
        case "BinaryField":
            return str(number).encode()
        case "UUIDField":
            return uuid.uuid4()
        case "SmallIntegerField" | "IntegerField" | "BigIntegerField" | "PositiveIntegerField":
            return number
    raise TypeError(f"{field}: say here what a made-up {field.get_internal_type()} is")


def two_enterprises(admin: psycopg.Connection[Any]) -> tuple[tuple[int, str], tuple[int, str]]:
    """(id, path) of the safety manager's enterprise, and of another."""
    mine = admin.execute(
        "SELECT o.id, o.path FROM accounts_person p JOIN accounts_organisation o ON o.id = p.organisation_id "
        "WHERE username = 'safety_manager'"
    ).fetchone()
    other = admin.execute(
        "SELECT id, path FROM accounts_organisation WHERE kind = 'enterprise' AND id <> %s ORDER BY id", [mine[0]]
    ).fetchone()
    return mine, other
