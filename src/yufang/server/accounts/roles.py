"""Roles and their permissions as one table, and the roles that an organisation makes for its own people."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from yufang.server.accounts import people
from yufang.server.accounts.contracts import Matrix, PermissionOut, RoleIn, RoleOut
from yufang.server.accounts.models import Organisation, OrganisationRole, Person, Role
from yufang.server.accounts.permissions import TEXTS
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.scope import PERMISSIONS, Actor, action


def matrix(acting_user: Actor) -> Matrix:
    """Every role that is seen from here and every permission, with what each allows."""
    mine = administrator_path(acting_user)
    may = people.granting(acting_user)
    shipped = [
        RoleOut(
            name=r.name,
            name_zh=r.name_zh,
            name_en=r.name_en,
            permissions=sorted(r.permissions),
            grantable=not may.refused([r.name]),
        )
        for r in Role.objects.order_by("name")
    ]
    rows = list(OrganisationRole.objects.order_by("path", "id"))
    names = dict(Organisation.objects.filter(id__in=[r.organisation_id for r in rows]).values_list("id", "name"))
    own = [
        RoleOut(
            name=f"r{r.pk}",
            name_zh=r.name_zh,
            name_en=r.name_en,
            permissions=sorted(r.permissions),
            grantable=not may.refused([f"r{r.pk}"]),
            organisation_id=r.organisation_id,
            # One above one's own place isn't seen from here.
            organisation_name=names.get(r.organisation_id, ""),
            second_factor=r.second_factor,
            editable=r.path.startswith(mine) and frozenset(r.permissions) <= acting_user.permissions,
        )
        for r in rows
    ]
    texts = [PermissionOut(name=p, text_zh=TEXTS[p][0], text_en=TEXTS[p][1], mine=acting_user.may(p)) for p in known()]
    return Matrix(roles=shipped + own, permissions=texts)


def known() -> list[str]:
    """All permissions in the order of their rooms."""
    return sorted(PERMISSIONS, key=lambda p: (p.split(".")[0], PERMISSIONS.index(p)))


def administrator_path(acting_user: Actor) -> str:
    """The place under which whoever acts administers."""
    return str(people.administrator(acting_user).path)


@action
def save(acting_user: Actor, role_id: int | None, entry: RoleIn) -> int:
    """Make a role of an organisation, or change it. It gives only what its maker holds."""
    foreign = sorted(set(entry.permissions) - acting_user.permissions)
    if foreign:
        raise Refused(
            403,
            "not_yours_to_grant",
            f"您自己没有这些权限，不能放进角色：{'、'.join(foreign)}。",
            f"You lack these permissions yourself and can't put them into a role: {', '.join(foreign)}.",
            "permissions",
        )
    organisation = people.open_organisation(acting_user, entry.organisation_id)
    row = OrganisationRole(organisation=organisation) if role_id is None else _editable(acting_user, role_id)
    _refuse_own(acting_user, row)
    row.organisation, row.path = organisation, organisation.path
    row.name_zh, row.name_en = entry.name_zh.strip(), entry.name_en.strip()
    row.permissions, row.second_factor = sorted(set(entry.permissions)), entry.second_factor
    if role_id is None:
        row.made_by_id, row.made_at = acting_user.person_id, timezone.now()
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Refused(
            409,
            "role_name_taken",
            "该组织已有同名角色，请换一个名称。",
            "The organisation has a role of this name; choose another.",
            "name_zh",
        ) from error
    facts = {"permissions": row.permissions, "second_factor": row.second_factor}
    ledger.append(acting_user, row.path, "accounts.role_saved", f"role:{row.pk}", facts)
    return int(row.pk)


def _editable(acting_user: Actor, role_id: int) -> OrganisationRole:
    mine = administrator_path(acting_user)
    row = OrganisationRole.objects.select_for_update(of=("self",)).filter(id=role_id, path__startswith=mine).first()
    if row is None:
        raise not_found()
    beyond = sorted(set(row.permissions) - acting_user.permissions)
    if beyond:
        raise Refused(
            403,
            "not_yours_to_change",
            f"该角色包含您没有的权限（{'、'.join(beyond)}），不能由您修改。",
            f"The role gives what you lack ({', '.join(beyond)}); it is not yours to change.",
        )
    return row


def _refuse_own(acting_user: Actor, row: OrganisationRole) -> None:
    if row.pk is not None and Person.objects.filter(id=acting_user.person_id, roles__contains=[f"r{row.pk}"]).exists():
        raise Refused(
            403,
            "not_oneself",
            "不能修改自己持有的角色，请由其他管理员操作。",
            "Nobody changes a role that they hold; ask another administrator.",
        )
