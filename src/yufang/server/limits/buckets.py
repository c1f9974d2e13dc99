"""A budget that fills again steadily, kept as one moment: when it will be whole (the generic cell rate algorithm).

Each use puts that moment `period / count` later; a use that would put it further ahead of now than `period` is refused.
So `count` uses are there at once, and `count` more over each `period`, with no window at whose edge twice as much fits.
"""

from __future__ import annotations

import hashlib
import hmac
import random
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from django.conf import settings
from django.db import connection


@dataclass(frozen=True, slots=True)
class Budget:
    """`count` uses at once and again over each `period` (seconds). `name` keeps budgets apart."""

    name: str
    count: int
    period: float

    @property
    def step(self) -> float:
        """Seconds until one use has come back."""
        return self.period / self.count


Charge = tuple[Budget, str]  # a budget, and whose


class Store(Protocol):
    """Where budgets are counted."""

    def take(self, charge: Charge) -> float:
        """Take one use: 0.0, or the seconds until there is one (then nothing was taken)."""
        ...

    def look(self, charge: Charge) -> float:
        """What `take` would say; nothing is taken."""
        ...

    def give_back(self, charge: Charge) -> None:
        """Undo a `take` that gave 0.0."""
        ...


def take_all(store: Store, charges: Sequence[Charge]) -> float:
    """Take one use of every budget or of none. Seconds to wait, 0.0 where all were taken."""
    taken: list[Charge] = []
    for charge in charges:
        wait = store.take(charge)
        if wait > 0:
            for earlier in taken:
                store.give_back(earlier)
            return wait
        taken.append(charge)
    return 0.0


@dataclass(slots=True)
class Memory:
    """Budgets of this process. Where several processes serve, each has its own: a deployment of n lets through up to
    n times as much. Nothing is written anywhere, and keys are hashed with a key that ends with the process."""

    most_keys: int = 200_000
    _until: dict[bytes, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _secret: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def _key(self, charge: Charge) -> bytes:
        budget, whose = charge
        return hashlib.blake2b(
            f"{budget.name}\0{whose}".encode(errors="surrogatepass"), key=self._secret, digest_size=16
        ).digest()

    def take(self, charge: Charge) -> float:
        budget, now = charge[0], time.monotonic()
        key = self._key(charge)
        with self._lock:
            until = max(self._until.get(key, 0.0), now) + budget.step
            if until - now > budget.period + 1e-9:
                return until - now - budget.period
            if len(self._until) >= self.most_keys and key not in self._until:
                self._make_room(now)
            self._until[key] = until
        return 0.0

    def look(self, charge: Charge) -> float:
        budget, now = charge[0], time.monotonic()
        ahead = max(self._until.get(self._key(charge), 0.0) - now, 0.0)
        return max(0.0, ahead + budget.step - budget.period - 1e-9)

    def give_back(self, charge: Charge) -> None:
        key = self._key(charge)
        with self._lock:
            if key in self._until:
                self._until[key] -= charge[0].step

    def clear(self) -> None:
        """Every budget is whole again."""
        with self._lock:
            self._until.clear()

    def _make_room(self, now: float) -> None:
        for key in [k for k, until in self._until.items() if until <= now]:
            del self._until[key]
        if len(self._until) >= self.most_keys:  # an attack from everywhere: the fullest budgets are worth least
            for key in sorted(self._until, key=lambda k: self._until[k])[: self.most_keys // 10]:
                del self._until[key]


_TAKE = """
    INSERT INTO limits_bucket AS b (key, until)
    VALUES (%(key)s, clock_timestamp() + %(step)s * interval '1 second')
    ON CONFLICT (key) DO UPDATE
        SET until = greatest(b.until, clock_timestamp()) + %(step)s * interval '1 second'
        WHERE greatest(b.until, clock_timestamp()) + %(step)s * interval '1 second'
              <= clock_timestamp() + (%(period)s + 0.001) * interval '1 second'
    RETURNING 1
"""
_WAIT = "SELECT extract(epoch FROM until - clock_timestamp()) FROM limits_bucket WHERE key = %s"


class Shared:
    """Budgets in the database: one count for all processes, kept over a restart of the web server.

    Called outside any transaction: each statement stands by itself, so that a refused request is counted too and no
    request waits for another's end.
    """

    def _key(self, charge: Charge) -> str:
        budget, whose = charge
        secret = settings.SECRET_KEY.encode()
        return hmac.new(
            secret, f"yufang.limits\0{budget.name}\0{whose}".encode(errors="surrogatepass"), hashlib.sha256
        ).hexdigest()

    def take(self, charge: Charge) -> float:
        budget, key = charge[0], self._key(charge)
        with connection.cursor() as cursor:
            if random.random() < 0.005:
                cursor.execute("DELETE FROM limits_bucket WHERE until < clock_timestamp()")
            cursor.execute(_TAKE, {"key": key, "step": budget.step, "period": budget.period})
            if cursor.fetchone() is not None:
                return 0.0
        return max(1.0, self.look(charge))

    def look(self, charge: Charge) -> float:
        with connection.cursor() as cursor:
            cursor.execute(_WAIT, [self._key(charge)])
            found = cursor.fetchone()
        ahead = max(float(found[0]), 0.0) if found else 0.0
        return max(0.0, ahead + charge[0].step - charge[0].period - 0.001)

    def give_back(self, charge: Charge) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE limits_bucket SET until = until - %s * interval '1 second' WHERE key = %s",
                [charge[0].step, self._key(charge)],
            )
