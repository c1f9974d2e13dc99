"""A person becomes a pseudonym in what law and safety need kept; the rest is deleted. Rooms say which is which."""

from __future__ import annotations

from typing import Any, Literal

from django.db.models import Field

from yufang.privacy import pseudonym
from yufang.server.accounts.models import Person
from yufang.server.ledger import actions as ledger
from yufang.server.privacy import vault
from yufang.server.privacy.contracts import ErasureOutcome
from yufang.server.privacy.exporting import concerns
from yufang.server.privacy.holdings import Holding, holdings
from yufang.server.scope import Actor

KEPT = (
    "法律或安全管理要求保留；记录中的姓名已替换为假名。",
    "Kept as law or safety requires; the name in it is a pseudonym now.",
)
_GONE = ("已删除。", "Deleted.")
_CLEARED = ("个人内容已清空，记录本身保留。", "What was personal in it is emptied; the record stays.")


def pseudonym_of(person_id: int) -> tuple[str, str]:
    """The name (zh, en) that an erased person carries: the same each time, found by nobody without the key."""
    return pseudonym(bytes.fromhex(vault.fingerprint("pseudonym", str(person_id))))


def erase(acting_user: Actor, person: Person) -> list[ErasureOutcome]:
    """Inside the running transaction: erase `person` from every room. Returns what was done with what, and why."""
    zh, en = pseudonym_of(person.pk)
    outcome = []
    for model, holding in holdings():
        done = _erase_rows(model, holding, person.pk, zh)
        if done is not None:
            outcome.append(done)
    _pseudonymise(acting_user, person, zh, en)
    return outcome


def _erase_rows(model: Any, holding: Holding, person_id: int, name: str) -> ErasureOutcome | None:
    about = model.objects.filter(concerns(holding, person_id, holding.subjects()))
    total = model.objects.filter(concerns(holding, person_id)).distinct().count()
    if not total:
        return None
    rows, why = total, KEPT
    done: Literal["kept", "deleted", "cleared"] = "kept"
    if holding.erase == "delete":
        rows, done, why = about.distinct().count(), "deleted", _GONE
        model.objects.filter(pk__in=list(about.values_list("pk", flat=True))).delete()
    elif holding.erase == "clear":
        rows, done, why = about.distinct().count(), "cleared", _CLEARED
        about.update(**{field: _nothing(model._meta.get_field(field)) for field in holding.clears})
    if holding.names and holding.erase == "keep":
        field, text = holding.names
        model.objects.filter(**{field: person_id}).update(**{text: name})
    if not rows:
        return None
    return ErasureOutcome(
        record=model._meta.label_lower,
        zh=holding.zh,
        en=holding.en,
        rows=rows,
        done=done,
        why_zh=f"{why[0]}（{holding.law}）" if done == "kept" else why[0],
        why_en=f"{why[1]} ({holding.law})" if done == "kept" else why[1],
    )


def _nothing(field: Field[Any, Any]) -> Any:
    return None if field.null else field.get_default()


def _pseudonymise(acting_user: Actor, person: Person, zh: str, en: str) -> None:
    """The account: no way in, no role, no name. Where the ledger holds salted commitments of the person's data, their
    salts go: what is left proves nothing about anybody."""
    from yufang.server.accounts import people

    ledger.erase_salts(acting_user, f"person:{person.pk}")
    people.pseudonymise(acting_user, person.pk, zh)
    Person.objects.filter(id=person.pk).update(name_en=en)
