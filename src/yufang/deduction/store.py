"""A deduction model as one file: arrays, tables and text, no code. Whatever reads it needs this version of the format.

The file is a zip archive of `model.json` (format, vocabulary, calibration, contexts), `trees.txt` (LightGBM's text
form), `state.npz` (arrays; large ones by the entries that differ from their start), `visits.parquet` and
`records.parquet`.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from yufang.deduction.contracts import EnterpriseContext, OwnEquipment, SupportingRecord
from yufang.deduction.findings import VISITS
from yufang.deduction.history import CAUTION, FEATURES, State
from yufang.deduction.model import DeductionModel
from yufang.deduction.ranker import Platt, Ranker
from yufang.deduction.support import Support
from yufang.deduction.timeline import Vocabulary

FORMAT = 1
KIND = "yufang-deduction-model"
_PARTS = ("model.json", "trees.txt", "state.npz", "visits.parquet", "records.parquet")
_START: Mapping[str, float] = {"squares": CAUTION, "own_squares": CAUTION}  # what fills an array before any visit
_SPARSE_FROM = 4096  # entries from which an array is kept by those that differ from its start
_RECORDS = pl.Schema(
    {
        "kind": pl.String,
        "value": pl.String,
        "key": pl.String,
        "record_id": pl.String,
        "origin": pl.String,
        "on": pl.Date,
        "enterprise_name": pl.String,
        "text": pl.String,
    }
)


class ModelFileError(ValueError):
    """A file that is no deduction model, or one of another format. `way_out` says what to do."""

    def __init__(self, message: str, way_out: str) -> None:
        super().__init__(message)
        self.message = message
        self.way_out = way_out


def save(model: DeductionModel, path: Path) -> None:
    """Write `model` to `path`, whole or not at all. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".part")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in _contents(model):
            # A fixed date, so that the same model is the same file.
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    os.replace(unfinished, path)


def load(path: Path) -> DeductionModel:
    """The model in `path`. Raises ModelFileError for a file of another kind or format, or one that is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in _PARTS if name in archive.namelist()}
    except FileNotFoundError:
        raise ModelFileError(f"{path} is missing", "`yufang run` writes models/deduction.model.") from None
    except (OSError, zipfile.BadZipFile, RuntimeError) as error:
        raise ModelFileError(f"{path} can't be read as a deduction model ({error})", _AGAIN) from error
    about = _about(path, parts)
    try:
        return _model(about, parts)
    except (KeyError, TypeError, ValueError, OSError, pl.exceptions.PolarsError) as error:
        raise ModelFileError(f"{path} is damaged ({error!r})", _AGAIN) from error


_AGAIN = "Fit the model anew from its records: `yufang run RECORDS --out FOLDER`."


def _about(path: Path, parts: Mapping[str, bytes]) -> dict[str, Any]:
    """model.json, once kind, format and features are known to fit."""
    try:
        about = json.loads(parts.get("model.json", b"{}"))
    except ValueError:
        about = {}
    if not isinstance(about, dict) or about.get("kind") != KIND:
        raise ModelFileError(f"{path} is not a deduction model of yufang", _AGAIN)
    if about.get("format") != FORMAT:
        found = about.get("format")
        raise ModelFileError(f"{path}: format is {found!r}; this version of yufang reads format {FORMAT}", _AGAIN)
    missing = [name for name in _PARTS if name not in parts]
    if missing:
        raise ModelFileError(f"{path} is damaged ({missing[0]} is missing)", _AGAIN)
    if about.get("features") != list(FEATURES):
        raise ModelFileError(f"{path}: its trees were grown on other features than this version describes", _AGAIN)
    return about


def _contents(model: DeductionModel) -> Iterable[tuple[str, bytes]]:
    vocabulary = model.vocabulary
    about = {
        "kind": KIND,
        "format": FORMAT,
        "features": list(FEATURES),
        "version": model.version,
        "at": model.at.isoformat(),
        "seed": model.seed,
        "visits_learned": model.visits_learned,
        "platt": [model.ranker.platt.a, model.ranker.platt.b],
        "rows": model.ranker.rows,
        "items": list(vocabulary.items),
        "places": list(vocabulary.place_at),
        "tokens": list(vocabulary.token_at),
        "enterprises": list(vocabulary.enterprise_at),
        "homes": dict(vocabulary.home_at),
        "contexts": [asdict(context) for context in model.contexts.values()],
        "support": dict(model.support.counts),
    }
    yield "model.json", json.dumps(about, ensure_ascii=False).encode()
    yield "trees.txt", model.ranker.trees.encode()
    yield "state.npz", _packed(model.state, vocabulary)
    yield "visits.parquet", _parquet(model.visits)
    yield "records.parquet", _parquet(_records(model.support))


def _packed(state: State, vocabulary: Vocabulary) -> bytes:
    arrays: dict[str, NDArray[Any]] = {"vocabulary_target": vocabulary.target, "vocabulary_prior": vocabulary.prior}
    for name in State._fields:
        array: NDArray[Any] = getattr(state, name)
        start = _START.get(name, 0.0)
        if array.size < _SPARSE_FROM:
            arrays[name] = array
            continue
        flat = array.ravel()
        where = np.flatnonzero(flat != array.dtype.type(start))
        arrays[f"{name}.shape"] = np.array(array.shape, np.int64)
        arrays[f"{name}.where"] = where
        arrays[f"{name}.value"] = flat[where]
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]  # its stub takes the names for its own options
    return buffer.getvalue()


def _unpacked(content: bytes) -> tuple[State, NDArray[np.int32], NDArray[np.float64]]:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        fields = {}
        for name in State._fields:
            if name in arrays:
                fields[name] = arrays[name]
                continue
            value = arrays[f"{name}.value"]
            start = _START.get(name, 0.0)
            # np.zeros costs nothing until it is touched; most of a large state never is.
            shape = tuple(arrays[f"{name}.shape"])
            full = np.full(shape, start, value.dtype) if start else np.zeros(shape, value.dtype)
            full.reshape(-1)[arrays[f"{name}.where"]] = value
            fields[name] = full
        return State(**fields), arrays["vocabulary_target"], arrays["vocabulary_prior"]


def _model(about: Mapping[str, Any], parts: Mapping[str, bytes]) -> DeductionModel:
    state, target, prior = _unpacked(parts["state.npz"])
    numbered = (
        {word: i for i, word in enumerate(about[name])} for name in ("items", "places", "tokens", "enterprises")
    )
    item_at, place_at, token_at, enterprise_at = numbered
    vocabulary = Vocabulary(
        items=tuple(about["items"]),
        target=target,
        prior=prior,
        item_at=item_at,
        place_at=place_at,
        token_at=token_at,
        enterprise_at=enterprise_at,
        home_at=about["homes"],
    )
    contexts = [_context(body) for body in about["contexts"]]
    return DeductionModel(
        at=date.fromisoformat(about["at"]),
        seed=about["seed"],
        version=about["version"],
        vocabulary=vocabulary,
        state=state,
        ranker=Ranker(parts["trees.txt"].decode(), Platt(*about["platt"]), about["rows"]),
        support=_support(about["support"], pl.read_parquet(io.BytesIO(parts["records.parquet"]))),
        visits=pl.read_parquet(io.BytesIO(parts["visits.parquet"])).select(list(VISITS)),
        contexts={context.enterprise_id: context for context in contexts},
        visits_learned=about["visits_learned"],
    )


def _context(body: dict[str, Any]) -> EnterpriseContext:
    own = (OwnEquipment(**m | {"parameters": tuple(map(tuple, m["parameters"]))}) for m in body["inventory"])
    words = {name: tuple(body[name]) for name in ("equipment", "processes", "materials")}
    return EnterpriseContext(**body | words | {"inventory": tuple(own)})


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def _records(support: Support) -> pl.DataFrame:
    rows = [
        (*where, one.record_id, one.origin, one.on, one.enterprise_name, one.text)
        for where, records in support.latest.items()
        for one in records
    ]
    return pl.DataFrame(rows, schema=_RECORDS, orient="row")


def _support(counts: Mapping[str, int], records: pl.DataFrame) -> Support:
    support = Support()
    support.counts.update(counts)
    same: dict[tuple[object, ...], SupportingRecord] = {}
    for kind, value, key, *told in records.iter_rows():
        one = same.setdefault(tuple(told), SupportingRecord(**dict(zip(list(_RECORDS)[3:], told, strict=True))))
        support.latest[kind, value, key].append(one)
    return support
