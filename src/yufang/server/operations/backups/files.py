"""The files of the home folder, kept by content; lists say which stood where from when on.

Files are taken after the changes of the database that speak of them, so a list that is younger than a moment holds
every file that a row of that moment names. A list is whole (`full`) or says what changed since the one before (`more`).
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from yufang.server.operations.backups.sealing import Key, SealProblem, opened, seal, unseal

# The database has its own way; the spool is on its way; a demo's region can be made again.
_LEFT_OUT = {"postgres", "wal-spool", "demo", "demo_loaded"}
_STAMP = "%Y%m%dT%H%M%S.%fZ"

# path in the home folder → (SHA-256, bytes, mode, time of change in ns)
Listing = dict[str, tuple[str, int, int, int]]


def stamp(at: datetime) -> str:
    """A moment as part of a name that sorts by time."""
    return at.astimezone(UTC).strftime(_STAMP)


def moment(name: str) -> datetime:
    """Back from `stamp`, whatever follows behind a dash."""
    return datetime.strptime(name.split("-")[0], _STAMP).replace(tzinfo=UTC)


@dataclass(slots=True)
class FileStore:
    """The stores `files/` and `lists/` in the folder of backups, for the home folder `home`."""

    backups: Path
    home: Path
    key: Key | None
    _last: str = ""
    _listing: Listing = field(default_factory=dict)

    def take(self, now: datetime, *, whole: bool = False) -> int:
        """Keep what is new or changed since the newest list; returns how many files were put into the store."""
        before = self._newest()
        listing, stored = self._look(before)
        if listing == before and not whole and self._last:
            return 0
        changed = {p: f for p, f in listing.items() if whole or before.get(p) != f}
        gone = [] if whole else [p for p in before if p not in listing]
        kind = "full" if whole or not self._last else "more"
        name = f"{stamp(now)}-{kind}.sealed"
        text = json.dumps({"files": changed if kind == "more" else listing, "gone": gone}, ensure_ascii=False)
        seal(io.BytesIO(text.encode()), self.backups / "lists" / name, self.key)
        self._last, self._listing = name, listing
        return stored

    def _newest(self) -> Listing:
        """The listing as it was kept last, by whichever process."""
        names = self.lists()
        if not names:
            self._last = ""
            return {}
        if names[-1] != self._last:
            self._listing, self._last = self.listing_at(None), names[-1]
        return self._listing

    def _look(self, before: Listing) -> tuple[Listing, int]:
        for _ in range(3):  # a store that is rewritten meanwhile is looked at again
            listing: Listing = {}
            stored = 0
            for path, name in self._walk():
                try:
                    found = path.stat()
                    known = before.get(name)
                    if known and (known[1], known[3]) == (found.st_size, found.st_mtime_ns):
                        digest = known[0]
                    else:
                        digest, new = self._keep(path)
                        stored += new
                    listing[name] = (digest, found.st_size, found.st_mode & 0o777, found.st_mtime_ns)
                except FileNotFoundError:
                    continue
            if {name for _, name in self._walk()} == set(listing):
                break
            before = listing
        return listing, stored

    def _walk(self) -> Iterator[tuple[Path, str]]:
        home = self.home.resolve()
        for folder, folders, names in os.walk(home):
            here = Path(folder)
            if here == home:
                folders[:] = [f for f in folders if f not in _LEFT_OUT and not f.endswith(".part")]
                names = [n for n in names if n not in _LEFT_OUT]
            folders[:] = sorted(f for f in folders if (here / f) != self.backups.resolve())
            for name in sorted(names):
                path = here / name
                if not name.endswith((".part", ".lock")) and path.is_file() and not path.is_symlink():
                    yield path, str(path.relative_to(home))

    def _keep(self, path: Path) -> tuple[str, bool]:
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        target = self.content(digest)
        if target.exists():
            return digest, False
        seal(io.BytesIO(data), target, self.key)
        return digest, True

    def content(self, digest: str) -> Path:
        """Where content with this hash is kept."""
        name = self.key.name_of(digest) if self.key else digest
        return self.backups / "files" / name[:2] / f"{name}.sealed"

    def lists(self) -> list[str]:
        """Names of all lists, in order of time."""
        return sorted(p.name for p in (self.backups / "lists").glob("*.sealed"))

    def listing_at(self, at: datetime | None) -> Listing:
        """What stood in the home folder at `at` or soon after: by the first list that is not older, and what the one
        before had beside it. None: the newest. Raises SealProblem."""
        names = self.lists()
        until = len(names)
        if at is not None:
            until = next((n + 1 for n, name in enumerate(names) if moment(name) >= at), len(names))
        start = max((n for n in range(until) if names[n].endswith("-full.sealed")), default=0)
        listing: Listing = {}
        previous: Listing = {}
        for name in names[start:until]:
            previous = dict(listing)
            self._apply(listing, name)
        if at is not None and until - start == 1 and start > 0:
            previous = self.listing_at(moment(names[start - 1]))
        return previous | listing if at is not None else listing

    def _apply(self, listing: Listing, name: str) -> set[str]:
        """Bring `listing` to where the list `name` says; returns the hashes that it names."""
        text = b"".join(opened(self.backups / "lists" / name, self.key))
        told: dict[str, Any] = json.loads(text)
        listing.update({p: (f[0], f[1], f[2], f[3]) for p, f in told["files"].items()})
        for path in told["gone"]:
            listing.pop(path, None)
        return {f[0] for f in told["files"].values()}

    def restore(self, listing: Listing, into: Path) -> int:
        """Write the files of `listing` under `into`, each held against its hash. Raises SealProblem."""
        for name, (digest, _, mode, changed) in listing.items():
            target = (into / name).resolve()
            if not target.is_relative_to(into.resolve()):
                raise SealProblem(
                    f"the list names {name}, outside the home folder / 清单中的 {name} 越界", "do not use it"
                )
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if unseal(self.content(digest), target, self.key) != digest:
                raise SealProblem(
                    f"{name} is not what was kept / {name} 与备份时不符", "use another copy of the backups"
                )
            target.chmod(mode)
            os.utime(target, ns=(changed, changed))
        return len(listing)

    def forget(self, before: datetime) -> None:
        """Let go of lists that no moment from `before` on needs, and of content that no list names any more."""
        names = self.lists()
        keep_from = max(
            (n for n, name in enumerate(names) if name.endswith("-full.sealed") and moment(name) <= before), default=0
        )
        for name in names[:keep_from]:
            (self.backups / "lists" / name).unlink(missing_ok=True)
        if not keep_from:
            return
        named: set[Path] = set()
        listing: Listing = {}
        for name in names[keep_from:]:
            named.update(self.content(digest) for digest in self._apply(listing, name))
        for path in (self.backups / "files").glob("*/*.sealed"):
            if path not in named:
                path.unlink(missing_ok=True)
