"""Coders on disk: one .npz of plain arrays, with a header in JSON. No pickle, so that reading one runs no code."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from yufang.cases.attention import Reader
from yufang.cases.calibration import Calibration
from yufang.cases.coder import Coder, FoldReport
from yufang.cases.errors import CoderError
from yufang.cases.model import Model, Vocabulary, Weights
from yufang.cases.ngrams import Options
from yufang.cases.second import Pool, SecondOpinion, TextReader

# Raised whenever the same text would give other n-grams, or the arrays another meaning.
FORMAT = 2


def _transformer(arrays: dict[str, Any]) -> TextReader:
    from yufang.cases.transformer import TransformerReader  # needs the extra `deep`

    return TransformerReader.of_arrays(arrays)


_READERS: dict[str, Callable[[dict[str, Any]], TextReader]] = {
    "attention": lambda arrays: Reader(**arrays),
    "transformer": _transformer,
}
_OPINION = "opinion"  # with its number before the names of a second reader's arrays
_CALIBRATION = ("slopes", "factor", "shift", "mixing", "trust")
_ARRAYS = (
    "keys",
    "idf",
    "words",
    "characters",
    "late",
    "bias",
    "slopes",
    "factor",
    "shift",
    "mixing",
    "floor",
    "trust",
)


def save_coder(coder: Coder, path: Path) -> None:
    """Write a trained coder to `path` (.npz). The file appears whole or not at all."""
    model = coder.model
    header = {
        "format": FORMAT,
        "kind": "yufang coder",
        "facet": coder.facet,
        "version": coder.version,
        "labels": list(model.labels),
        "options": asdict(model.vocabulary.options),
        "report": asdict(coder.report),
        "opinions": [_told(opinion) for opinion in coder.opinions],
    }
    calibration = model.calibration
    arrays: dict[str, Any] = {
        "header": np.frombuffer(json.dumps(header, ensure_ascii=False).encode(), dtype=np.uint8),
        "keys": model.vocabulary.keys,
        "idf": model.vocabulary.idf,
        **model.weights._asdict(),
        "slopes": calibration.slopes,
        "factor": calibration.factor,
        "shift": calibration.shift,
        "mixing": calibration.mixing,
        "floor": np.array(calibration.floor),
        "trust": calibration.trust,
    }
    for i, opinion in enumerate(coder.opinions):
        own = {"shift": opinion.pool.shift, **opinion.reader.arrays()}
        arrays |= {f"{_OPINION}{i}_{name}": array for name, array in own.items()}
    unfinished = path.with_name(path.name + ".part")
    try:
        with unfinished.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        os.replace(unfinished, path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise CoderError(
            f"Can't write the coder to {path}: {error}.", "Choose a folder that can be written."
        ) from error


def load_coder(path: Path) -> Coder:
    """Read a coder that `save_coder` wrote; CoderError for another file, a damaged one or another format."""
    try:
        with np.load(path, allow_pickle=False) as file:
            header = json.loads(bytes(file["header"]))
            names = (*_ARRAYS, *(name for name in file.files if name.startswith(_OPINION)))
            arrays = {name: file[name] for name in names} if header.get("format") == FORMAT else {}
    except FileNotFoundError as error:
        raise CoderError(f"No coder at {path}.", "Train one first, or check the path.") from error
    except (OSError, ValueError, KeyError, AttributeError, zipfile.BadZipFile) as error:
        raise CoderError(f"{path} is not a whole coder file: {error}.", "Train the coder again.") from error
    if not arrays:
        raise CoderError(
            f"{path} holds a coder of format {header.get('format')!r}; this version reads format {FORMAT}.",
            "Train the coder again with this version.",
        )
    report = FoldReport(**header["report"])
    options = Options(**header["options"])
    model = Model(
        tuple(header["labels"]),
        Vocabulary.of(options, arrays["keys"], arrays["idf"]),
        Weights(arrays["words"], arrays["characters"], arrays["late"], arrays["bias"]),
        Calibration(**{name: arrays[name] for name in _CALIBRATION}, floor=float(arrays["floor"])),
    )
    coder = Coder(header["facet"], wanted_accuracy=report.wanted_accuracy, options=options)
    coder.adopt(model, report, [_opinion(told, i, arrays) for i, told in enumerate(header["opinions"])])
    if coder.version != header["version"]:
        raise CoderError(f"{path} was altered: its arrays don't match its version.", "Train the coder again.")
    return coder


def _told(opinion: SecondOpinion) -> dict[str, Any]:
    return {"kind": opinion.reader.kind, "first": opinion.pool.first, "second": opinion.pool.second}


def _opinion(told: dict[str, Any], number: int, arrays: dict[str, Any]) -> SecondOpinion:
    before = f"{_OPINION}{number}_"
    own = {name.removeprefix(before): array for name, array in arrays.items() if name.startswith(before)}
    pool = Pool(told["first"], told["second"], own.pop("shift"))
    if told["kind"] not in _READERS:
        raise CoderError(f"The coder asks a reader of an unknown kind, {told['kind']!r}.", "Train it again.")
    return SecondOpinion(_READERS[told["kind"]](own), pool)
