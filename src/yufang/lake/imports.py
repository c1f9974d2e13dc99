"""Import files into the lake: read, clean in chunks, link, commit. Each file is taken whole or not at all.

Chunks are kept in a staging folder as they are done, so that an import that is killed goes on from the last one; the
commit is one rename (see `manifest`). A file that was imported before with the same mapping changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import polars as pl

import yufang
from yufang.lake.clean import CHANGES, REJECTS, Cleaned, Plan, clean_chunk, make_plan
from yufang.lake.cleaning import Catalogue, shipped_catalogue
from yufang.lake.engine import write_whole
from yufang.lake.errors import LakeError
from yufang.lake.headers import guess, guess_kind
from yufang.lake.linking import Linked, link
from yufang.lake.manifest import STAGING, ImportRecord, Manifest, read_manifest, sweep, write_manifest, writing
from yufang.lake.mapping import KINDS, FileMapping, MappingFile, load_mapping, shipped_mappings
from yufang.lake.readers import ROW, SUFFIXES, Source, read_columns, read_source
from yufang.lake.store import Lake, conform

# (stage, done, total): stages are read, clean, link, write.
Progress = Callable[[str, int, int], None]
CHUNK_ROWS = 100_000
_EMPTIED = ("unreadable", "value_not_in_map")


@dataclass(frozen=True)
class ImportResult:
    """What one import did. rows = taken + rejected + known."""

    record: ImportRecord
    already_imported: bool
    rejects_by_rule: dict[tuple[str, str], int]  # (field, rule) → rows
    changes_by_rule: dict[tuple[str, str], int]  # (field, rule) → values
    findings_by_rule: dict[tuple[str, str], int]  # (field, rule) → values that were kept and can't be so
    unused_columns: list[str]


@dataclass(frozen=True)
class FolderResult:
    """What the import of a folder did, and the files it left alone with the reason."""

    mapping: str
    files: list[ImportResult]
    skipped: dict[str, LakeError] = field(default_factory=dict)


def import_file(
    path: Path | str,
    kind: str,
    lake: Lake,
    mapping: FileMapping | MappingFile | None = None,
    *,
    progress: Progress | None = None,
    at: datetime | None = None,
    today: date | None = None,
    chunk_rows: int = CHUNK_ROWS,
    catalogue: Catalogue | None = None,
) -> ImportResult:
    """Import one file of `kind` (cases, hazards, enterprises, equipment) and return what was taken and refused.

    Without a `mapping` the headers must be known ones. `at` goes into the run log and beside every change; rows dated
    after `today` are refused; `catalogue` holds the rules (the shipped ones unless given). Raises LakeError where
    nothing of the file can be taken; the lake is then as it was.
    """
    path = Path(path)
    if kind not in KINDS:
        raise LakeError("unknown_kind", kind=kind, kinds=", ".join(KINDS))
    tell = progress or (lambda stage, done, total: None)
    name = mapping.name if isinstance(mapping, MappingFile) else ""
    if isinstance(mapping, MappingFile):
        mapping = _entry(mapping, path, kind)
    tell("read", 0, 1)
    source = read_source(path, mapping.sheet if mapping else None)
    if mapping is None:
        mapping, missing = guess(kind, source.columns)
        if mapping is None:
            present = ", ".join(source.columns)
            raise LakeError("no_fit", file=path.name, kind=kind, missing="; ".join(missing), present=present)
        name = "headers"
    lacking = mapping.missing(source.columns)
    if lacking:
        raise LakeError(
            "missing_column",
            file=path.name,
            columns=", ".join(lacking),
            present=", ".join(source.columns),
            mapping=name or mapping.pattern,
        )
    tell("read", 1, 1)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with writing(lake.root):
        job = _Job(lake, source, mapping, name, digest, tell, at, today, chunk_rows, catalogue or shipped_catalogue())
        return job.run()


def import_folder(
    folder: Path | str,
    lake: Lake,
    mapping: MappingFile | Path | str | None = None,
    progress: Progress | None = None,
    *,
    at: datetime | None = None,
    today: date | None = None,
    catalogue: Catalogue | None = None,
) -> FolderResult:
    """Import every file of `folder` that a mapping fits: the one given, else one that ships and fits, else by headers.

    Enterprises come first, so that later files link to them. Raises LakeError where no file can be taken.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise LakeError("missing_file", file=folder)
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())
    if not paths:
        raise LakeError("empty_folder", folder=folder, suffixes=" ".join(SUFFIXES))
    if isinstance(mapping, Path | str):
        mapping = load_mapping(mapping)
    chosen = mapping or _shipped_fit(paths)
    entries, skipped = _entries(paths, chosen, given=mapping is not None)
    if not entries:
        present = ", ".join(path.name for path in paths)
        if chosen is not None:
            raise LakeError("no_file_fits", folder=folder, mapping=chosen.name, present=present)
        raise LakeError("no_headers_fit", folder=folder, present=present) if len(skipped) > 1 else _only(skipped)
    order = ["enterprises", "equipment", "hazards", "cases"]
    entries.sort(key=lambda entry: order.index(entry[1].kind))
    label = chosen.name if chosen else "headers"
    results = []
    for path, entry in entries:
        whole = MappingFile(name=label, files=(entry.model_copy(update={"pattern": "*"}),))
        results.append(
            import_file(path, entry.kind, lake, whole, progress=progress, at=at, today=today, catalogue=catalogue)
        )
    return FolderResult(label, results, skipped)


def _only(skipped: dict[str, LakeError]) -> LakeError:
    """Return the reason why the one file of a folder was left."""
    return next(iter(skipped.values()))


def _entry(mapping: MappingFile, path: Path, kind: str) -> FileMapping:
    """Return the part of a mapping file for `path`: by its name, else the only one of that kind."""
    named = mapping.for_file(path.name)
    if named is not None and named.kind == kind:
        return named
    same_kind = [entry for entry in mapping.files if entry.kind == kind]
    if len(same_kind) == 1:
        return same_kind[0]
    reason = f"no entry of `files` is for {kind} and fits the name {path.name}"
    raise LakeError("bad_mapping", mapping=mapping.name, reason=reason)


def _shipped_fit(paths: list[Path]) -> MappingFile | None:
    """Return the shipped mapping that fits most files of a folder, by their names and columns."""
    best: tuple[int, MappingFile | None] = (0, None)
    for mapping in shipped_mappings().values():
        fitting = 0
        for path in paths:
            entry = mapping.for_file(path.name)
            try:
                fitting += entry is not None and not entry.missing(read_columns(path, entry.sheet))
            except LakeError:
                continue  # told when the file itself is imported
        if fitting > best[0]:
            best = (fitting, mapping)
    return best[1]


def _entries(
    paths: list[Path], mapping: MappingFile | None, *, given: bool
) -> tuple[list[tuple[Path, FileMapping]], dict[str, LakeError]]:
    """Pair each file with its mapping; files that none fits are left with the reason."""
    entries: list[tuple[Path, FileMapping]] = []
    skipped: dict[str, LakeError] = {}
    for path in paths:
        entry = mapping.for_file(path.name) if mapping else None
        if entry is None and not given:
            columns = read_columns(path)  # a broken file stops the import: half a folder would look whole
            entry = guess_kind(columns)
            if entry is None:
                missing = "; ".join(guess("cases", columns)[1])
                skipped[path.name] = LakeError(
                    "no_fit", file=path.name, kind="cases", missing=missing, present=", ".join(columns)
                )
        elif entry is None and mapping is not None:
            skipped[path.name] = LakeError("no_file_fits", folder=path.parent, mapping=mapping.name, present=path.name)
        if entry is not None:
            entries.append((path, entry))
    return entries, skipped


@dataclass(frozen=True)
class _Job:
    """One import, from a read source to the commit."""

    lake: Lake
    source: Source
    mapping: FileMapping
    mapping_name: str
    digest: str
    tell: Progress
    at: datetime | None
    today: date | None
    chunk_rows: int
    catalogue: Catalogue

    @property
    def import_id(self) -> str:
        key = f"{self.digest}\n{self.mapping.kind}\n{self.mapping.digest()}\n{self.source.name}"
        if self.catalogue is not shipped_catalogue():  # an organisation's own rules make another import
            key += "\n" + json.dumps(self.catalogue.digest_parts(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(key.encode()).hexdigest()[:16]

    def run(self) -> ImportResult:
        manifest = read_manifest(self.lake.root)
        done = next((record for record in manifest.imports if record.import_id == self.import_id), None)
        staging = self.lake.root / STAGING / self._staging_name()
        if done is not None:
            shutil.rmtree(staging, ignore_errors=True)  # left if it was killed right after the commit
            return self._result(done, already=True)
        sweep(self.lake.root, manifest)
        rows, rejects, changes, findings = self._clean(staging)
        self.tell("link", 0, 1)
        held = self._held(manifest)
        linked = link(rows, self.mapping.kind, held, keep_duplicates=self.mapping.keeps_duplicates())
        rejects = pl.concat([self._broken(), rejects, linked.rejects])
        self.tell("link", 1, 1)
        self.tell("write", 0, 1)
        changes = pl.concat([changes, linked.changes])
        findings = findings.join(linked.rows.select(ROW), on=ROW, how="semi", maintain_order="left")
        record = self._record(linked, rejects, changes, findings, held["enterprises"])
        self._commit(manifest, record, linked, rejects, changes, findings)
        shutil.rmtree(self.lake.root / STAGING, ignore_errors=True)
        self.tell("write", 1, 1)
        return self._result(record, already=False)

    def _staging_name(self) -> str:
        # Another version may clean otherwise, and chunks of another size have other edges.
        key = f"{self.import_id}\n{yufang.__version__}\n{self.chunk_rows}\n{self.today}"
        return hashlib.sha256(key.encode()).hexdigest()[:16]

    def _clean(self, staging: Path) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        """Clean chunk by chunk, taking those that an earlier, broken run has already done."""
        frame = self.source.frame.join(self.source.broken.select(ROW), on=ROW, how="anti", maintain_order="left")
        plan = make_plan(self.mapping, frame, self.today, self.catalogue)
        total = max(1, -(-frame.height // self.chunk_rows))
        chunks: list[Cleaned] = []
        for number in range(total):
            self.tell("clean", number, total)
            chunk = frame.slice(number * self.chunk_rows, self.chunk_rows)
            chunks.append(self._chunk(staging / f"{number:05d}", chunk, plan))
        self.tell("clean", total, total)
        return (
            pl.concat([chunk.rows for chunk in chunks]),
            pl.concat([chunk.rejects for chunk in chunks]),
            pl.concat([chunk.changes for chunk in chunks]),
            pl.concat([chunk.findings for chunk in chunks]),
        )

    def _chunk(self, place: Path, chunk: pl.DataFrame, plan: Plan) -> Cleaned:
        names = ("changes", "findings", "rejects", "rows")  # `rows` last: where it stands, the others do
        paths = {name: place.with_name(f"{place.name}.{name}.parquet") for name in names}
        if not paths["rows"].exists():
            cleaned = clean_chunk(chunk, plan, self.source.name)
            for name in names:
                write_whole(getattr(cleaned, name), paths[name])
            return cleaned
        return Cleaned(**{name: pl.read_parquet(path) for name, path in paths.items()})

    def _held(self, manifest: Manifest) -> dict[str, pl.DataFrame]:
        """Return the tables as they stand, without the rows of an earlier import that this one replaces."""
        table = KINDS[self.mapping.kind]
        held = {"enterprises": self.lake.table("enterprises"), table: self.lake.table(table)}
        if self._replaced(manifest) is not None and table not in ("enterprises", "equipment"):
            held[table] = held[table].filter(pl.col("source") != self.source.name)
        return held

    def _replaced(self, manifest: Manifest) -> ImportRecord | None:
        """Return the earlier import of this very file with another mapping, if any."""
        same = (self.source.name, self.digest, self.mapping.kind)
        return next((r for r in manifest.imports if (r.file, r.file_hash, r.kind) == same), None)

    def _broken(self) -> pl.DataFrame:
        return self.source.broken.select(ROW, pl.lit("").alias("field"), "value", "rule").cast(REJECTS)

    def _record(
        self,
        linked: Linked,
        rejects: pl.DataFrame,
        changes: pl.DataFrame,
        findings: pl.DataFrame,
        enterprises: pl.DataFrame,
    ) -> ImportRecord:
        rows = self.source.frame.height + self.source.broken.height - self._broken_in_frame()
        if linked.rows.is_empty() and not linked.known:
            first = rejects.sort(ROW).row(0, named=True)
            raise LakeError(
                "nothing_taken",
                file=self.source.name,
                rows=rows,
                row=first[ROW],
                field=first["field"] or "–",
                value=first["value"] or "",
                rule=first["rule"],
            )
        ids = linked.enterprises if self.mapping.kind != "enterprises" else linked.rows
        unreadable = changes.filter(pl.col("rule").str.contains("|".join(_EMPTIED)))
        return ImportRecord(
            import_id=self.import_id,
            file=self.source.name,
            file_hash=self.digest,
            kind=self.mapping.kind,
            mapping=self.mapping_name,
            mapping_hash=self.mapping.digest(),
            encoding=self.source.encoding,
            rows=rows,
            taken=linked.rows.height,
            rejected=rejects.height,
            known=linked.known,
            changed=changes.height,
            emptied=unreadable.height,
            flagged=findings.height,
            enterprises=ids.join(enterprises, on="enterprise_id", how="anti").height,
            at=self._when(),
        )

    def _when(self) -> str:
        return self.at.isoformat(timespec="seconds") if self.at else ""

    def _broken_in_frame(self) -> int:
        return self.source.frame.join(self.source.broken, on=ROW, how="semi").height

    def _commit(
        self,
        manifest: Manifest,
        record: ImportRecord,
        linked: Linked,
        rejects: pl.DataFrame,
        changes: pl.DataFrame,
        findings: pl.DataFrame,
    ) -> None:
        """Write the parts and then the manifest that names them."""
        table = KINDS[self.mapping.kind]
        schema = self.lake.scan(table).collect_schema()
        sourced = [pl.lit(self.source.name).alias("source"), pl.col(ROW).alias("source_row")]
        rows = linked.rows.drop("source", "source_row", strict=False).with_columns(sourced)
        frames = {table: conform(table, rows.select(name for name in schema.names() if name in rows.columns))}
        named = linked.enterprises.with_columns(pl.lit(self.source.name).alias("source"))
        if self.mapping.kind != "enterprises" and not named.is_empty():
            # What an enterprises file says outweighs what a case says in passing.
            frames["enterprises"] = self._complete_only(named)
        frames["rejects"] = self._with_rows(rejects)
        frames["changes"] = changes.select(
            pl.lit(record.import_id).alias("import_id"),
            pl.col(ROW).alias("source_row"),
            "field",
            "original",
            "rule",
            pl.lit(self._when()).alias("at"),
        )
        frames["findings"] = findings.select(
            pl.lit(record.import_id).alias("import_id"),
            pl.lit(self.source.name).alias("source"),
            pl.col(ROW).alias("source_row"),
            "field",
            "value",
            "rule",
            pl.lit(self._when()).alias("at"),
        )
        replaced = self._replaced(manifest)
        tables = self.lake.stage(
            manifest, frames, writer=record.import_id, drop=replaced.import_id if replaced else None
        )
        kept = tuple(r for r in manifest.imports if replaced is None or r.import_id != replaced.import_id)
        updated = {"version": manifest.version + 1, "tables": tables, "imports": (*kept, record)}
        write_manifest(self.lake.root, manifest.model_copy(update=updated))

    def _complete_only(self, named: pl.DataFrame) -> pl.DataFrame:
        """Return enterprises with what the lake already says of them in place of what this file says."""
        known = self.lake.table("enterprises").join(named.select("enterprise_id"), on="enterprise_id", how="semi")
        stacked = pl.concat([known, named])
        return (
            stacked.group_by("enterprise_id", maintain_order=True)
            .agg(pl.all().drop_nulls().first())
            .select(named.columns)
        )

    def _with_rows(self, rejects: pl.DataFrame) -> pl.DataFrame:
        """Keep each refused row whole, as the source has it."""
        refused = self.source.frame.join(rejects.select(ROW).unique(), on=ROW, how="semi")
        texts = [json.dumps(row, ensure_ascii=False) for row in refused.drop(ROW).iter_rows(named=True)]
        kept = refused.select(ROW, pl.Series("row", texts, dtype=pl.String))
        return rejects.join(kept, on=ROW, how="left", maintain_order="left").select(
            pl.lit(self.import_id).alias("import_id"),
            pl.lit(self.source.name).alias("source"),
            pl.col(ROW).alias("source_row"),
            "field",
            "value",
            "rule",
            "row",
        )

    def _result(self, record: ImportRecord, *, already: bool) -> ImportResult:
        used = set(self.mapping.needs())
        mine = pl.col("import_id") == record.import_id
        return ImportResult(
            record,
            already,
            _by_rule(self.lake.scan("rejects").filter(mine)),
            _by_rule(self.lake.scan("changes").filter(mine)),
            _by_rule(self.lake.scan("findings").filter(mine)),
            [column for column in self.source.columns if column not in used],
        )


def _by_rule(rows: pl.LazyFrame) -> dict[tuple[str, str], int]:
    counted = rows.group_by("field", "rule").len().sort("len", descending=True).collect()
    return {(field, rule): count for field, rule, count in counted.iter_rows()}


__all__ = ["CHANGES", "FolderResult", "ImportResult", "Progress", "import_file", "import_folder"]
