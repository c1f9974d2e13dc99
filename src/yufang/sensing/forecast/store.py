"""A forecast model as one file: gzipped JSON, no code. Whatever reads it needs this version of the format."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from yufang.sensing.forecast.bands import Bands
from yufang.sensing.forecast.boosting import Boosting
from yufang.sensing.forecast.calibration import Beta
from yufang.sensing.forecast.card import Card
from yufang.sensing.forecast.contracts import WINDOWS
from yufang.sensing.forecast.errors import ForecastError
from yufang.sensing.forecast.learners import Envelope, Learner, Linear, Persistence, Smoothing, Working
from yufang.sensing.forecast.lstm import Lstm
from yufang.sensing.forecast.model import Head, Model

FORMAT = 1
KIND = "yufang-forecast-model"
MOST_BYTES = 64 * 1024 * 1024  # of the JSON text
_LEARNERS: tuple[type[Learner], ...] = (Persistence, Smoothing, Envelope, Working, Linear, Boosting, Lstm)


def save(model: Model, path: Path) -> None:
    """Write `model` to `path`, whole or not at all. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".part")
    # No time in the header, so that the same model is the same file.
    unfinished.write_bytes(gzip.compress(json.dumps(_contents(model), ensure_ascii=False).encode(), mtime=0))
    os.replace(unfinished, path)


def load(path: Path) -> Model:
    """The model in `path`. Raises ForecastError for a missing file, another kind or format, or damage."""
    try:
        with gzip.open(path) as file:
            text = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise ForecastError("not_a_model", file=path, reason="no such file") from None
    except (OSError, EOFError) as error:
        raise ForecastError("not_a_model", file=path, reason=str(error) or type(error).__name__) from error
    if len(text) > MOST_BYTES:
        raise ForecastError("not_a_model", file=path, reason=f"more than {MOST_BYTES} bytes")
    return _read(text, path)


def _read(text: bytes, path: Path) -> Model:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ForecastError("not_a_model", file=path, reason=str(error)) from error
    if not isinstance(data, dict) or data.get("kind") != KIND:
        raise ForecastError("not_a_model", file=path, reason="another kind of file")
    if data.get("format") != FORMAT:
        raise ForecastError("other_format", file=path, found=repr(data.get("format")), wanted=FORMAT)
    if data.get("version") != _version(data):
        raise ForecastError("not_a_model", file=path, reason="damaged: its version does not match what it holds")
    try:
        return _model(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ForecastError("not_a_model", file=path, reason=f"damaged: {error!r}") from error


def versioned(model: Model) -> Model:
    """The model with the hash of its contents as its version."""
    model.version = _version(_contents(model))
    return model


def _version(data: dict[str, Any]) -> str:
    kept = {key: value for key, value in data.items() if key != "version"}
    text = json.dumps(kept, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _contents(model: Model) -> dict[str, Any]:
    heads = {
        window.name: {
            "learner": head.learner.name,
            "state": head.learner.to_dict(),
            "beta": head.beta.to_dict(),
            "base": head.base.to_dict(),
            "base_beta": head.base_beta.to_dict(),
        }
        for window, head in model.heads.items()
    }
    return {
        "kind": KIND,
        "format": FORMAT,
        "version": model.version,
        "channel": model.channel,
        "limit": model.limit,
        "every_s": model.every_s,
        "roles": model.roles,
        "beside": list(model.beside),
        "heads": heads,
        "bands": model.bands.to_dict(),
        "ranges": {name: list(ends) for name, ends in model.ranges.items()},
        "longest_unchanged": model.longest_unchanged,
        "warn_at": model.warn_at,
        "card": model.card.to_dict(),
        "profile": dict(model.profile),
    }


def _model(data: dict[str, Any]) -> Model:
    kinds = {kind.name: kind for kind in _LEARNERS}
    heads = {}
    for window in WINDOWS:
        told = data["heads"][window.name]
        learner, base = kinds[told["learner"]](), Persistence()
        learner.restore(told["state"])
        base.restore(told["base"])
        heads[window] = Head(learner, Beta(**told["beta"]), base, Beta(**told["base_beta"]))
    return Model(
        channel=data["channel"],
        limit=float(data["limit"]),
        every_s=float(data["every_s"]),
        roles=dict(data["roles"]),
        beside=tuple(data["beside"]),
        heads=heads,
        bands=Bands.from_dict(data["bands"]),
        ranges={name: (float(low), float(high)) for name, (low, high) in data["ranges"].items()},
        longest_unchanged=float(data["longest_unchanged"]),
        warn_at=float(data["warn_at"]),
        card=Card.from_dict(data["card"]),
        version=data["version"],
        profile=data["profile"],
    )
