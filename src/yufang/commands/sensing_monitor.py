"""`yufang sensing monitor`: learn how several channels move together, and see what a model says of other rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from rich.console import Console

from yufang.commands.errors import UserError
from yufang.sensing.errors import SensingError
from yufang.sensing.forecast.errors import ForecastError

if TYPE_CHECKING:
    from yufang.sensing.detectors.contract import Event
    from yufang.sensing.multivariate.model import Model

app = typer.Typer(no_args_is_help=True, help="Several channels judged together: train a model file, check it.")
Data = Annotated[Path, typer.Option(help="Parquet: a column a channel, or the columns channel, time, value.")]
ModelFile = Annotated[Path, typer.Option("--model", help="Model file that `monitor train` wrote.")]
Step = Annotated[float, typer.Option(help="Seconds between two rows.", min=0.001, max=180)]


@app.command()
def train(
    data: Data,
    out: Annotated[Path, typer.Option(help="Where to write the model.")],
    channels: Annotated[str, typer.Option(help="Keys of the channels, by comma; empty: every channel there is.")] = "",
    name: Annotated[str, typer.Option(help="Name that its events carry.")] = "multivariate",
    step_s: Step = 1.0,
    false_alarms: Annotated[float, typer.Option(help="Share of normal rows that may pass the limit.")] = 0.02,
    earlier: Annotated[
        list[Path] | None, typer.Option(help="Earlier normal rows, oldest first: how far levels wander.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Learn from rows of normal operation; writes the model for a detector of kind `multivariate`."""
    from yufang.sensing.multivariate.file import to_bytes
    from yufang.sensing.multivariate.fitting import fit, wander_between

    try:
        keys = [key.strip() for key in channels.split(",") if key.strip()] or _keys_of(data)
        rows, left_out = _rows(data, keys, step_s)
        before = [_rows(file, keys, step_s)[0] for file in earlier or []]
        wander = wander_between([*before, rows]) if before else None
        model = fit(rows, keys, name=name, false_alarms=false_alarms, wander=wander, step_s=step_s)
    except (SensingError, ForecastError) as error:
        raise _user_error(error) from error
    _write(out, to_bytes(model))
    told = _facts(model) | {"rows_left_out": left_out, "file": str(out)}
    if as_json:
        print(json.dumps(told, ensure_ascii=False))
        return
    show = Console(soft_wrap=True, highlight=False).print
    show(f"{out}: {model.rows} 行正常数据、{len(keys)} 个通道；{left_out} 行有缺失，未用", markup=False)
    show(f"{out}: {model.rows} normal rows of {len(keys)} channels; {left_out} with a gap left out", markup=False)
    show(f'  {{"kind": "multivariate", "name": "{name}", "model": "{out}"}}', markup=False)


@app.command()
def check(
    data: Data,
    model_file: ModelFile,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """What a model says of other rows: how often it is above its limit, and the episodes that it would raise."""
    from yufang.sensing.multivariate.detector import FIELDS
    from yufang.sensing.multivariate.model import index_of, score

    try:
        model = _load(model_file)
        rows, left_out = _rows(data, list(model.variables), model.step_s)
        index = index_of(score(model, rows))
        events = _events(model, rows)
    except (SensingError, ForecastError) as error:
        raise _user_error(error) from error
    limit = float(FIELDS["limit"].default or 1.0)
    above = float((index > limit).mean()) if len(index) else 0.0
    raised = [event for event in events if event.state == "raised"]
    told = _facts(model) | {"checked_rows": len(rows), "rows_left_out": left_out, "above": above, "raised": len(raised)}
    if as_json:
        print(json.dumps(told | {"reasons": [event.reason_en for event in raised[:100]]}, ensure_ascii=False))
        return
    show = Console(soft_wrap=True, highlight=False).print
    show(f"{len(rows)} 行，{left_out} 行有缺失；{above:.2%} 的时刻超限，报警 {len(raised)} 次", markup=False)
    show(f"{len(rows)} rows, {left_out} with a gap; {above:.2%} above the limit, {len(raised)} raised", markup=False)
    for event in raised[:20]:
        show(f"  {(event.at / 1e6):.0f} s  {event.reason_zh} · {event.reason_en}", markup=False)


def _facts(model: Model) -> dict[str, Any]:
    return {
        "name": model.name,
        "channels": list(model.variables),
        "rows": model.rows,
        "step_s": model.step_s,
        "false_alarms": model.false_alarms,
    }


def _keys_of(data: Path) -> list[str]:
    """Every channel of a file."""
    import polars as pl

    if not data.exists():
        raise ForecastError("no_file", file=data)
    try:
        frame = pl.read_parquet(data)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ForecastError("unreadable", file=data, reason=str(error).splitlines()[0]) from error
    if {"channel", "time", "value"} <= set(frame.columns):
        return sorted(frame["channel"].cast(pl.String).unique().drop_nulls().to_list())
    return [name for name in frame.columns if name != "time" and frame[name].dtype.is_numeric()]


def _rows(data: Path, keys: list[str], step_s: float) -> tuple[np.ndarray, int]:
    """(rows of the channels on an even grid, without those with a gap; how many those were)."""
    from yufang.sensing.forecast.series import read_parquet
    from yufang.sensing.multivariate.errors import MultivariateError

    if len(keys) < 2:
        raise MultivariateError("bad_shape", shape=(0, len(keys)), variables=len(keys))
    series = read_parquet(data, keys[0], dict.fromkeys(keys[1:], "gas"), step_s)
    table = np.column_stack([series.value, *(series.beside[key] for key in keys[1:])])
    whole = np.isfinite(table).all(axis=1)
    return table[whole], int((~whole).sum())


def _events(model: Model, rows: np.ndarray) -> list[Event]:
    from yufang.sensing.channels import Channel
    from yufang.sensing.multivariate.detector import Multivariate
    from yufang.sensing.readings import Readings

    channels = [Channel(key=key, device="", quantity="", unit="") for key in model.variables]
    n, m = rows.shape
    time = np.repeat(np.round(np.arange(n) * model.step_s * 1e6).astype(np.int64), m)
    readings = Readings.of(np.tile(np.arange(m), n), time, rows.ravel())
    return Multivariate.from_config({"name": model.name, "model": model}, channels).update(readings)


def _load(path: Path) -> Model:
    from yufang.sensing.multivariate.errors import MultivariateError
    from yufang.sensing.multivariate.file import from_bytes

    try:
        return from_bytes(path.read_bytes())
    except OSError as error:
        raise MultivariateError("not_a_model", reason=f"{path}: {error.strerror}") from error


def _write(out: Path, data: bytes) -> None:
    part = out.with_name(out.name + ".part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(out)
    except OSError as error:
        raise UserError(f"{out} can't be written: {error.strerror or error}", "Name a file that can be.") from error


def _user_error(error: SensingError | ForecastError) -> UserError:
    zh, way = error.zh
    return UserError(f"{error.message} / {zh}", f"{error.way_out} / {way}")
