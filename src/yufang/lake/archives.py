"""Zip archives (XLSX are such) looked through before any library opens them: bombs, altered sizes, paths that lead out.

Every entry is inflated once, piece by piece, and thrown away: what an archive says of its own sizes proves nothing.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from yufang.lake.errors import LakeError

MOST_ENTRIES = 2_000
MOST_BYTES = 2 * 1024**3  # inflated: a workbook of a million rows and 30 columns has about 1 GB
MOST_RATIO = 250  # of large entries; sheets of repeated rows reach 60 to 120
_FREE = 10 * 1024**2  # so much may come from next to nothing
_PIECE = 1024**2


def check_archive(file: Path | BinaryIO, name: str, most_bytes: int = MOST_BYTES, form: str = "ZIP") -> None:
    """Raise LakeError where `file` is no zip archive, is damaged, or would unpack to too much or elsewhere.

    `name` and `form` are what the message calls it. Reads all of the file; a stream stands at its start afterwards.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            _check_names(archive, name)
            _check_contents(archive, name, most_bytes)
    except LakeError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise LakeError("broken_file", file=name, format=form, reason=str(error)[:200]) from error
    finally:
        if not isinstance(file, Path):
            file.seek(0)


def _check_names(archive: zipfile.ZipFile, name: str) -> None:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise LakeError("bad_archive", file=name, reason=f"{len(entries)} > {MOST_ENTRIES} entries")
    seen = set()
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in entry.filename:
            raise LakeError("bad_archive", file=name, reason=f"the path {entry.filename[:80]!r} leads out of it")
        if entry.flag_bits & 0x1:
            raise LakeError("bad_archive", file=name, reason=f"{entry.filename[:80]!r} is encrypted")
        if (entry.external_attr >> 16) & 0o170000 == 0o120000:
            raise LakeError("bad_archive", file=name, reason=f"{entry.filename[:80]!r} is a link")
        if path in seen:
            raise LakeError("bad_archive", file=name, reason=f"{entry.filename[:80]!r} stands in it twice")
        seen.add(path)


def _check_contents(archive: zipfile.ZipFile, name: str, most_bytes: int) -> None:
    stated = sum(entry.file_size for entry in archive.infolist())
    if stated > most_bytes:
        raise LakeError("packed_too_well", file=name, size=stated // 1024**2, limit=most_bytes // 1024**2)
    for entry in archive.infolist():
        if entry.file_size > max(_FREE, MOST_RATIO * entry.compress_size):
            raise LakeError("packed_too_well", file=name, size=entry.file_size // 1024**2, limit=_FREE // 1024**2)
        # Reading stops at the stated size and compares the checksum there, so a size that was made smaller shows.
        with archive.open(entry) as content:
            first = piece = content.read(_PIECE)
            while piece:
                piece = content.read(_PIECE)
        if entry.filename.lower().endswith((".xml", ".rels")) and b"<!DOCTYPE" in first[:4096].upper():
            raise LakeError("bad_archive", file=name, reason=f"{entry.filename[:80]!r} declares entities")
