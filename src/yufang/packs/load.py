"""Loading packs: the only code that turns a pack's folder into a `Pack`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from yufang.packs.errors import PackError
from yufang.packs.model import Hazard, Pack
from yufang.packs.reading import Node, read_yaml

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class LoadedPack:
    """A pack as read: `pack` is None where `errors` says why; `files` gives the file of each hazard id."""

    path: Path
    pack: Pack | None
    errors: tuple[PackError, ...]
    files: dict[str, Path]


def load_pack(path: Path) -> Pack:
    """Load the pack in folder `path` (`pack.yaml` and `hazards/*.yaml`).

    The schema and all references inside the pack hold afterwards; the quality rules are in
    `yufang.packs.check`. Raises PackError: the first problem found, with file, row, field, value and rule.
    """
    loaded = read_pack(path)
    if loaded.pack is None:
        raise loaded.errors[0]
    return loaded.pack


@cache
def installed_packs() -> tuple[Pack, ...]:
    """The packs that ship with yufang, ordered by key. Read once per process. Raises PackError."""
    return tuple(load_pack(path) for path in installed_paths())


def installed_paths() -> tuple[Path, ...]:
    """The folders of the packs that ship with yufang."""
    return tuple(sorted(path for path in DATA.iterdir() if path.is_dir() and not path.name.startswith(("_", "."))))


def packs_for_industry(code: str) -> tuple[Pack, ...]:
    """Packs that cover the GB/T 4754-2017 `code`: any level, section letter or not (C3311, 331, 33).

    A pack covers a code when one of its own codes is that code or stands above it; the pack with the longest
    such code comes first. Empty where none does.
    """
    digits = industry_digits(code)
    if not digits:
        return ()
    found = [
        (max((len(own) for own in _own_codes(pack) if digits.startswith(own)), default=0), pack)
        for pack in installed_packs()
    ]
    return tuple(pack for length, pack in sorted(found, key=lambda pair: -pair[0]) if length)


def industry_digits(code: str) -> str:
    """`code` without blanks and its section letter; "" where what is left isn't 2 to 4 digits."""
    digits = code.strip().upper()
    if digits[:1].isalpha():
        digits = digits[1:]
    return digits if digits.isascii() and digits.isdigit() and 2 <= len(digits) <= 4 else ""


def _own_codes(pack: Pack) -> Iterable[str]:
    return (digits for digits in map(industry_digits, pack.industries) if digits)


def read_pack(path: Path) -> LoadedPack:
    """Read the folder `path` and collect every problem instead of stopping at the first."""
    errors: list[PackError] = []
    files: dict[str, Path] = {}
    head_file = path / "pack.yaml"
    head = _read_head(head_file, errors)
    hazards = _read_hazards(path, files, errors)
    pack: Pack | None = None
    if head is not None:
        try:
            pack = Pack.model_validate({**head, "hazards": hazards})
        except ValidationError as error:
            errors.extend(_schema_errors(error, head_file, ""))
    if pack is not None:
        errors.extend(_broken_references(pack, head_file, files))
        if pack.key != path.name:
            errors.append(
                PackError(
                    file=head_file,
                    row="",
                    field="key",
                    value=pack.key,
                    code="reference",
                    rule=f"must be the folder's name, {path.name!r}",
                )
            )
    return LoadedPack(path=path, pack=None if errors else pack, errors=tuple(errors), files=files)


def _read_head(file: Path, errors: list[PackError]) -> dict[str, Node] | None:
    try:
        head = read_yaml(file)
    except PackError as error:
        errors.append(error)
        return None
    if not isinstance(head, dict) or "hazards" in head:
        rule = "must be a mapping; hazards stand in hazards/*.yaml"
        errors.append(PackError(file=file, row="", field="", value="", rule=rule, code="schema"))
        return None
    return head


def _read_hazards(path: Path, files: dict[str, Path], errors: list[PackError]) -> list[Hazard]:
    hazards: list[Hazard] = []
    for file in sorted((path / "hazards").glob("*.yaml")):
        try:
            rows = read_yaml(file)
        except PackError as error:
            errors.append(error)
            continue
        if not isinstance(rows, list):
            errors.append(
                PackError(file=file, row="", field="", value="", code="schema", rule="must be a list of hazards")
            )
            continue
        for number, row in enumerate(rows, start=1):
            name = _row_name(row, number)
            try:
                hazard = Hazard.model_validate(row)
            except ValidationError as error:
                errors.extend(_schema_errors(error, file, name))
                continue
            if hazard.id in files:
                errors.append(
                    PackError(
                        file=file,
                        row=hazard.id,
                        field="id",
                        value=hazard.id,
                        code="unique",
                        rule=f"must be unique; it stands in {files[hazard.id].name} already",
                    )
                )
                continue
            files[hazard.id] = file
            hazards.append(hazard)
    return sorted(hazards, key=_id_order)


def _id_order(hazard: Hazard) -> tuple[str, int]:
    prefix, _, number = hazard.id.partition("-")
    return prefix, int(number)


def _row_name(row: Node, number: int) -> str:
    identifier = row.get("id") if isinstance(row, dict) else None
    return identifier if isinstance(identifier, str) else f"row {number}"


def _schema_errors(error: ValidationError, file: Path, row: str) -> list[PackError]:
    found = []
    for item in error.errors(include_url=False):
        field = ".".join(str(part) for part in item["loc"])
        value = item["input"] if isinstance(item["input"], str) else ""
        found.append(PackError(file=file, row=row, field=field, value=value, rule=item["msg"], code="schema"))
    return found


def _broken_references(pack: Pack, head_file: Path, files: dict[str, Path]) -> list[PackError]:
    """Repeated keys, and hazards that name equipment, parts, tasks or materials the pack doesn't have."""
    found: list[PackError] = []

    def say(file: Path, row: str, field: str, value: str, rule: str, code: str = "reference") -> None:
        found.append(PackError(file=file, row=row, field=field, value=value, rule=rule, code=code))

    parts = {entry.key: entry.parts for entry in pack.equipment}
    tasks = [entry.key for entry in pack.tasks]
    materials = [entry.key for entry in pack.materials]
    lists = (
        ("equipment", [entry.key for entry in pack.equipment]),
        ("tasks", tasks),
        ("materials", materials),
    )
    for name, keys in lists:
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            say(head_file, key, f"{name}.key", key, "must be unique in its list", "unique")
    for hazard in pack.hazards:
        file = files[hazard.id]
        if hazard.equipment not in parts:
            say(file, hazard.id, "equipment", hazard.equipment, "names no equipment of pack.yaml")
        elif hazard.part is not None and hazard.part not in parts[hazard.equipment]:
            say(file, hazard.id, "part", hazard.part, f"names no part of {hazard.equipment!r} in pack.yaml")
        if hazard.task is not None and hazard.task not in tasks:
            say(file, hazard.id, "task", hazard.task, "names no task of pack.yaml")
        for material in hazard.materials:
            if material not in materials:
                say(file, hazard.id, "materials", material, "names no material of pack.yaml")
    return found
