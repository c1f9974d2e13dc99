"""Model fields whose values are sealed in the database and open when they are read from the row.

`bind` names the field of the row that a value is bound to: one that never changes, such as the person's id. A value
opens when the attribute is read, not when the row is: a query that doesn't look at it opens nothing. There is no
lookup by value; `yufang.server.privacy.vault.fingerprint` makes a blind index for the one that is needed.
"""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from yufang.server.privacy import vault


class Sealed(str):
    """A stored value, as it is in the database."""

    __slots__ = ()


class _Attribute(DeferredAttribute):
    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        value = super().__get__(instance, cls)
        return self.field.opened(instance, value) if isinstance(value, Sealed) else value

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text, sealed. Empty text stays empty: that there is nothing is no secret."""

    descriptor_class = _Attribute

    def __init__(self, *args: Any, bind: str, **kwargs: Any) -> None:
        self.bind = bind
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"bind": self.bind}

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        if not cls._meta.abstract and cls.__module__ != "__fake__":
            models.signals.class_prepared.connect(self._register, sender=cls, weak=False)

    def _register(self, sender: Any, **_: Any) -> None:
        meta = sender._meta
        row = meta.get_field(self.bind).column
        vault.register(vault.SealedColumn(meta.db_table, str(self.column), row, key=meta.pk.column))

    def opened(self, instance: Any, value: str) -> Any:
        """The plain value of a row."""
        return self.from_bytes(vault.open_sealed(value, self._name(), self._row(instance))) if value else str(value)

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        value = model_instance.__dict__.get(self.attname)
        if value is None or isinstance(value, Sealed) or self.is_nothing(value):
            return Sealed("") if value is not None and self.is_nothing(value) else value
        sealed = Sealed(vault.seal(self.to_bytes(value), self._name(), self._row(model_instance)))
        model_instance.__dict__[self.attname] = sealed
        return sealed

    def get_prep_value(self, value: Any) -> Any:
        if value is None or isinstance(value, Sealed):
            return value if value is None else str(value)
        raise FieldError(f"{self.name} is sealed: set it on a row and save that; there is no lookup by its value")

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else Sealed(value)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is sealed: {lookup_name} can't be asked of it")
        return super().get_lookup(lookup_name)

    def is_nothing(self, value: Any) -> bool:
        """Whether `value` says nothing and so needs no sealing."""
        return bool(value == "")

    def to_bytes(self, value: Any) -> bytes:
        return str(value).encode()

    def from_bytes(self, data: bytes) -> Any:
        return data.decode()

    def _name(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def _row(self, instance: Any) -> Any:
        field: Any = self.model._meta.get_field(self.bind)
        return getattr(instance, field.attname)


class EncryptedJSONField(EncryptedTextField):
    """A JSON value, sealed; null for nothing."""

    def is_nothing(self, value: Any) -> bool:
        return False

    def to_bytes(self, value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False, sort_keys=True).encode()

    def from_bytes(self, data: bytes) -> Any:
        return json.loads(data)
