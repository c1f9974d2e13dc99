"""Files that leaves name by their hash: which action names them under which fact, and where their bytes stand."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from yufang.ledger.audit import MOST_FINDINGS, Finding

# The bytes kept under a SHA-256 in hex; None where they are not there.
Find = Callable[[str], bytes | None]
ERASED = "erased_sha256"  # facts of a leaf that says which files were erased, and by what right
_kept: dict[str, tuple[str, Find]] = {}


def attachment(action: str, fact: str, find: Find) -> None:
    """Register that leaves of `action` name one file, or a list, under `fact`. Called from the room's `apps.py`."""
    _kept[action] = (fact, find)


def names_files(action: str, facts: dict[str, Any]) -> bool:
    """Whether a leaf names files, or says of some that they were erased."""
    return action in _kept or ERASED in facts


def named(action: str, facts: dict[str, Any]) -> Iterator[tuple[str, Find]]:
    """The files that one leaf names: each hash and how to find its bytes."""
    if action not in _kept:
        return
    fact, find = _kept[action]
    told = facts.get(fact)
    for sha256 in told if isinstance(told, list) else [told]:
        if isinstance(sha256, str) and len(sha256) == 64:
            yield sha256, find


@dataclass(slots=True)
class Files:
    """Looks at the files of one leaf after another. What is gone may yet turn out to have been erased."""

    looked: int = 0
    gone: dict[str, tuple[int, str]] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)

    def look(self, index: int, action: str, facts: dict[str, Any]) -> Iterator[Finding]:
        """What is wrong with the files that this leaf names; missing ones are told by `missing`, at the end."""
        if ERASED in facts:
            self.erased.update(str(sha256) for sha256 in facts[ERASED])
        for sha256, find in named(action, facts):
            self.looked += 1
            data = find(sha256)
            if data is None:
                if len(self.gone) < MOST_FINDINGS:
                    self.gone.setdefault(sha256, (index, action))
            elif hashlib.sha256(data).hexdigest() != sha256:
                yield Finding(
                    "attachment",
                    f"file {sha256}",
                    f"第 {index} 号叶子（{action}）所附的文件 {sha256[:16]}… 被换掉或改动",
                    f"the file {sha256[:16]}… of leaf {index} ({action}) is not the one that was attached",
                    index,
                    index,
                )

    def missing(self) -> Iterator[Finding]:
        """Files that are gone and that no leaf says were erased."""
        for sha256, (index, action) in self.gone.items():
            if sha256 not in self.erased:
                yield Finding(
                    "attachment",
                    f"file {sha256}",
                    f"第 {index} 号叶子（{action}）所附的文件 {sha256[:16]}… 缺失",
                    f"the file {sha256[:16]}… of leaf {index} ({action}) is missing",
                    index,
                    index,
                )


def register_files() -> None:
    """The files that rooms keep, in the home folder or in rows. Called from `apps.py`."""
    for action, fact in (
        ("deduction.photo_added", "photo_sha256"),
        ("hazards.photo_added", "photo_sha256"),
        ("places.plan_added", "sha256"),
        ("reports.completed", "files"),
        ("reports.joined", "files"),
    ):
        attachment(action, fact, _in_home)
    attachment("edge.bundle_added", "sha256", _edge_bundle)


def _in_home(sha256: str) -> bytes | None:
    """A photo or a voice note."""
    from yufang.server import photos
    from yufang.server.reports.files import voice_file

    for place in (photos.file_of(sha256), voice_file(sha256)):
        if place.exists():
            return place.read_bytes()
    return None


def _edge_bundle(sha256: str) -> bytes | None:
    """A signed bundle, as each enterprise that has it keeps it: where one copy was changed, that one."""
    from yufang.server.edge.models import EdgeBundle

    copies = [bytes(one) for one in EdgeBundle.objects.filter(sha256=sha256).values_list("content", flat=True)]
    changed = [one for one in copies if hashlib.sha256(one).hexdigest() != sha256]
    return next(iter(changed or copies), None)
