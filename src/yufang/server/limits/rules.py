"""Which request draws on which budgets. See docs/security/README.md for the reasons behind the numbers."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from django.conf import settings

from yufang.server.limits.buckets import Budget, Charge


@dataclass(frozen=True, slots=True)
class Guess:
    """Routes on which something secret can be guessed. Only what fails is charged.

    `field`: the field of the JSON body that names whose secret it is, "" where nothing does. `shared`: counted in the
    database for all processes; where False in memory only, since nobody may learn who reports (docs/reports.md).
    """

    name: str
    path: re.Pattern[str]
    field: str = ""
    shared: bool = True


SIGN_IN = Guess("sign-in", re.compile(r"^/api/auth/sign-in$"), field="username")
# The first that matches. Machines' routes are not here: their keys have 256 bits, and one node that was closed must
# not keep the others of its site out.
GUESSES = (
    SIGN_IN,
    Guess("auth", re.compile(r"^/api/auth/(?!me$|sign-out$|demo-accounts$)")),
    Guess("follow", re.compile(r"^/api/report/follow/"), shared=False),
    Guess("place", re.compile(r"^/api/report/places/"), shared=False),
    Guess("claim", re.compile(r"^/api/participation/claims$"), shared=False),
    Guess("enrol", re.compile(r"^/api/edge/enrol$")),
    Guess("link", re.compile(r"^/ack/")),
)
FAILED = frozenset({400, 401, 403, 404, 410})  # a wrong guess reads so

MACHINES = re.compile(r"^/api/(sensing/batches|edge/(batches|report|bundles/))")
FREE = re.compile(r"^/api/(health|metrics)")  # asked by what watches over the server

GUESSES_OF_ADDRESS = Budget("guesses", 30, 300)
# No account stands more failed sign-ins than this from devices that it does not know (ASVS 4.0.3, 2.2.1).
SIGN_INS_OF_NAME = Budget("sign-in name", 100, 3600)
# Of everybody together, from devices that are not known: an attack from many addresses slows down to this trickle,
# known devices go on.
SIGN_INS_OF_ALL = Budget("sign-in all", 600, 600)
SIGN_INS_OF_DEVICE = Budget("sign-in device", 10, 600)
MACHINE = Budget("machine", 3000, 60)  # by the key that it carries, whether or not that holds
MACHINES_OF_ADDRESS = Budget("machines", 12_000, 60)


def of_person() -> Budget:
    """What one person may ask."""
    return Budget("person", settings.CONFIG.requests_per_minute, 60)


def of_address() -> Budget:
    """What may be asked from one address by whom nobody knows."""
    return Budget("address", settings.CONFIG.anonymous_per_minute, 60)


@dataclass(frozen=True, slots=True)
class Charges:
    """`reserved` is taken before the work and given back when nothing failed: guesses at once can't pass together.
    `after` is looked at before and taken when it failed: many honest people at once don't stand in each other's way.
    """

    reserved: tuple[Charge, ...]
    after: tuple[Charge, ...] = ()


def sign_in_charges(name: str, address: str) -> Charges:
    """What a failed sign-in from an unknown device draws on."""
    tries, seconds = settings.CONFIG.sign_in_tries, settings.CONFIG.sign_in_window_minutes * 60
    return Charges(
        reserved=((Budget("sign-in pair", tries, seconds), f"{name}\0{address}"), (SIGN_INS_OF_NAME, name)),
        after=((Budget("sign-in address", 6 * tries, seconds), address), (SIGN_INS_OF_ALL, "")),
    )


def network(address: str) -> str:
    """`address` as it is counted: of IPv6 the first 64 bits, which one household or attacker holds whole."""
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)
