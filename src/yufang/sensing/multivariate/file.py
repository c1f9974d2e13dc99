"""A model as bytes: one .npz of plain arrays with a header that says what it is and which version wrote it."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import numpy as np

from yufang.sensing.multivariate.errors import MultivariateError
from yufang.sensing.multivariate.model import STATISTICS, Model

VERSION = 1
KIND = "yufang-multivariate"
MAX_BYTES = 64 * 1024 * 1024
_ARRAYS = ("mean", "scale", "basis", "weights", "spread", "centre", "width")
_PLAIN = ("name", "variables", "leading", "judged", "limit", "step_s", "rows", "false_alarms")


def to_bytes(model: Model) -> bytes:
    """The model as a file that `from_bytes` reads; the same model gives the same bytes."""
    header = {"kind": KIND, "version": VERSION} | {field: getattr(model, field) for field in _PLAIN}
    text = json.dumps(header, ensure_ascii=False, sort_keys=True).encode()
    out = io.BytesIO()
    np.savez(
        out,
        allow_pickle=False,
        header=np.frombuffer(text, np.uint8),
        **{field: getattr(model, field) for field in _ARRAYS},
    )
    return out.getvalue()


def from_bytes(data: bytes) -> Model:
    """The model that `to_bytes` wrote. Raises MultivariateError: another version, not a model, cut short, tampered."""
    if len(data) > MAX_BYTES:
        raise MultivariateError("not_a_model", reason=f"{len(data)} > {MAX_BYTES} bytes")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as read:
            header = json.loads(bytes(read["header"]).decode())
            _check_header(header)
            arrays = {field: read[field] for field in _ARRAYS}
    except MultivariateError:
        raise
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise MultivariateError("not_a_model", reason=str(error)[:200]) from error
    return _checked(header, arrays)


def _check_header(header: Any) -> None:
    if not isinstance(header, dict) or header.get("kind") != KIND:
        raise MultivariateError("not_a_model", reason=f"kind is not {KIND}")
    if header.get("version") != VERSION:
        raise MultivariateError("other_version", version=header.get("version"), wanted=VERSION)
    for field in _PLAIN:
        if field not in header:
            raise MultivariateError("not_a_model", reason=f"no {field}")


def _checked(header: dict[str, Any], arrays: dict[str, Any]) -> Model:
    """Shapes and numbers fit together, so that judging a row can't fail later."""
    names, judged = tuple(map(str, header["variables"])), tuple(map(str, header["judged"]))
    m, scores, memories = len(names), arrays["spread"].shape[-1], len(arrays["weights"])
    shapes = {
        "mean": (m,),
        "scale": (m,),
        "basis": (len(arrays["basis"]), scores),
        "weights": (memories,),
        "spread": (memories, scores),
        "centre": (memories, len(STATISTICS)),
        "width": (memories, len(STATISTICS)),
    }
    for field, shape in shapes.items():
        array = arrays[field]
        if array.dtype != np.float64 or array.shape != shape or not np.isfinite(array).all():
            raise MultivariateError("not_a_model", reason=f"{field}: {array.dtype} {array.shape}, not float64 {shape}")
    if m < 2 or not scores or not memories or len(arrays["basis"]) % m or not judged or set(judged) - set(STATISTICS):
        raise MultivariateError("not_a_model", reason=f"{m} variables, {len(arrays['basis'])} rows, judged {judged}")
    plain = {field: float(header[field]) for field in ("limit", "step_s", "false_alarms")}
    above = min(arrays["scale"].min(), arrays["spread"].min(), arrays["width"].min(), plain["limit"], plain["step_s"])
    if not above > 0:
        raise MultivariateError("not_a_model", reason="a scale, spread, width, limit or step is not above 0")
    return Model(
        name=str(header["name"]),
        variables=names,
        leading=int(header["leading"]),
        judged=judged,
        rows=int(header["rows"]),
        limit=plain["limit"],
        step_s=plain["step_s"],
        false_alarms=plain["false_alarms"],
        **arrays,
    )
