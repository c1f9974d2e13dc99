"""The whole log as a folder that anybody can verify without the platform: leaves, checkpoints, tiles, files."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from yufang.server.ledger import attachments, keeping
from yufang.server.ledger.models import Checkpoint, Head
from yufang.server.ledger.verification import one_by_one, read

LOG = "log.jsonl"


def export(folder: Path, progress: Callable[[int], None] = lambda leaves: None) -> int:
    """Write `log.jsonl`, `checkpoint`, `keys`, `tile/` and `attachments/` into `folder`; returns how many leaves.

    The folder must be empty or new. Needs a scope that covers the whole tree. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{LOG}"
    leaves = 0
    with unfinished.open("w", encoding="utf-8") as file:
        for row in one_by_one():
            line = {"index": row.index, "leaf": base64.b64encode(row.data).decode(), "hash": row.stored.hex()}
            file.write(json.dumps(line) + "\n")
            leaves = row.index + 1
            _files(folder, file, row.index, row.action, (read(row.data) or {}).get("facts", {}))
            if leaves % 10_000 == 0:
                progress(leaves)
        for point in Checkpoint.objects.order_by("size").iterator():
            file.write(json.dumps({"size": point.size, "root": bytes(point.root_hash).hex()}) + "\n")
        for note in Head.objects.order_by("size").values_list("note", flat=True):
            file.write(json.dumps({"note": note}, ensure_ascii=False) + "\n")
    _published(folder)
    unfinished.rename(folder / LOG)
    return leaves


def _files(folder: Path, file: IO[str], index: int, action: str, facts: Any) -> None:
    """The bytes of the files that one leaf names, as they are kept, and a line that says so."""
    if not isinstance(facts, dict):
        return
    for sha256, find in attachments.named(action, facts):
        data = find(sha256)
        file.write(json.dumps({"file": sha256, "of": index}) + "\n")
        if data is not None:
            place = folder / "attachments" / sha256
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(data)


def _published(folder: Path) -> None:
    """Tiles before the checkpoint that needs them: what is published meanwhile only adds to them."""
    source = keeping.folder().folder
    for name in ("keys", "checkpoint"):
        if (source / name).exists():
            shutil.copyfile(source / name, folder / name)
    if (source / "tile").exists():
        shutil.copytree(source / "tile", folder / "tile", dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*"))
