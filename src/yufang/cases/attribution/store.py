"""Trained attribution models on disk: one .npz of plain arrays with a header in JSON. No pickle."""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from yufang.cases.attribution.crf import Chain
from yufang.cases.attribution.errors import AttributionError
from yufang.cases.attribution.sequence import Confidence, SequenceModel

# Raised whenever the same text would give other features, or the arrays another meaning.
FORMAT = 1
_KIND = "yufang attribution model"


def save_model(model: SequenceModel, path: Path) -> None:
    """Write a trained model to `path`. The file appears whole or not at all."""
    header = {
        "kind": _KIND,
        "format": FORMAT,
        "language": model.language,
        "tags": list(model.tags),
        "marked": model.marked,
        "bias": model.bias,
        "confidence": asdict(model.confidence),
        "measured": model.measured,
        "version": model.version,
    }
    unfinished = path.with_name(path.name + ".part")
    try:
        with unfinished.open("wb") as file:
            np.savez_compressed(
                file,
                allow_pickle=False,
                header=_bytes(json.dumps(header, ensure_ascii=False)),
                vocabulary=_bytes(json.dumps(list(model.vocabulary), ensure_ascii=False)),
                weights=model.chain.weights.astype(np.float32),
                transitions=model.chain.transitions.astype(np.float32),
                first=model.chain.first.astype(np.float32),
                last=model.chain.last.astype(np.float32),
            )
        os.replace(unfinished, path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise AttributionError(
            f"Can't write the model to {path}: {error}.", "Choose a folder that can be written."
        ) from error


def load_model(path: Path) -> SequenceModel:
    """Read a model that `save_model` wrote; AttributionError for another file, a damaged one or another format."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            header: Any = json.loads(stored["header"].tobytes().decode())
            if header.get("kind") != _KIND:
                raise AttributionError(f"{path} holds no attribution model.", "Give a file that `train` wrote.")
            if header.get("format") != FORMAT:
                raise AttributionError(
                    f"{path} holds an attribution model of format {header.get('format')!r}; this version reads "
                    f"format {FORMAT}.",
                    "Train the model again with this version (yufang cases attribution-train).",
                )
            names = json.loads(stored["vocabulary"].tobytes().decode())
            parts = [stored[name].astype(np.float64) for name in ("weights", "transitions", "first", "last")]
    except FileNotFoundError as error:
        raise AttributionError(f"No attribution model at {path}.", "Train one first, or check the path.") from error
    except (OSError, ValueError, KeyError, AttributeError, zipfile.BadZipFile) as error:
        if isinstance(error, AttributionError):
            raise
        raise AttributionError(
            f"{path} is not a whole attribution model: {error}.", "Train the model again."
        ) from error
    model = SequenceModel(
        header["language"], tuple(header["tags"]), {name: row for row, name in enumerate(names)}, Chain(*parts),
        header["marked"], header["bias"], Confidence(**header["confidence"]), header["measured"],
    )  # fmt: skip
    if model.version != header["version"]:
        raise AttributionError(f"{path} was altered: its arrays don't match its version.", "Train the model again.")
    return model


def _bytes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), dtype=np.uint8)
