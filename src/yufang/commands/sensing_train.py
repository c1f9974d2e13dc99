"""`yufang sensing train`, `forecast` and `drift`: learn a forecast model, ask it, see whether it still holds."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer
from rich.console import Console
from rich.text import Text

from yufang.commands.errors import UserError
from yufang.sensing.forecast.errors import ForecastError

if TYPE_CHECKING:
    from yufang.sensing.forecast.contracts import Forecast
    from yufang.sensing.forecast.model import Model
    from yufang.sensing.forecast.series import Role, Series

From = Annotated[Path, typer.Option("--from", help="Parquet: a column a channel, or the columns channel, time, value.")]
Beside = Annotated[str, typer.Option(help="Channels of this kind beside it, by comma.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `yufang sensing`."""
    app.command("train")(train)
    app.command("forecast")(forecast)
    app.command("drift")(drift)


def train(
    source: From,
    channel: Annotated[str, typer.Option(help="The channel to foretell.")],
    limit: Annotated[float, typer.Option(help="The limit, in the channel's unit: reached at or above it.")],
    out: Annotated[Path, typer.Option(help="Where to write the model.")],
    production: Beside = "",
    air: Beside = "",
    pressure: Beside = "",
    gas: Beside = "",
    unit: Annotated[str, typer.Option(help="The channel's unit, for the card.")] = "",
    every_s: Annotated[float, typer.Option(help="Seconds between two rows.")] = 30.0,
    false_per_day: Annotated[float, typer.Option(help="Wrong warnings a day that the threshold may give.")] = 4.0,
    deep: Annotated[bool, typer.Option("--deep", help="Also try an LSTM (extra `deep`).")] = False,
    seed: Annotated[int, typer.Option(help="Same seed, same model.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="The card as JSON on standard output.")] = False,
) -> None:
    """Learn when a channel reaches a limit; writes the model with its card."""
    from yufang.sensing.forecast.series import read_parquet
    from yufang.sensing.forecast.store import save
    from yufang.sensing.forecast.train import train as learn

    beside = {"production": production, "air": air, "pressure": pressure, "gas": gas}
    roles = {name.strip(): kind for kind, names in beside.items() for name in names.split(",") if name.strip()}
    told = Console(stderr=True)
    try:
        model = learn(
            read_parquet(source, channel, cast("dict[str, Role]", roles), every_s),
            limit,
            unit=unit,
            deep=deep,
            false_per_day=false_per_day,
            seed=seed,
            trained_at=datetime.now(UTC).isoformat(timespec="seconds"),
            progress=lambda window: told.print(f"  {channel} ≥ {limit:g}, {window} min …"),
        )
    except ForecastError as error:
        raise _user_error(error) from error
    try:
        save(model, out)
    except OSError as error:
        raise UserError(f"{out} can't be written: {error.strerror or error}", "Name a file that can be.") from error
    if as_json:
        print(json.dumps({"version": model.version} | model.card.to_dict(), ensure_ascii=False))
        return
    zh, en = model.card.describe("zh"), model.card.describe("en")
    # The table of what was tried is the same in both languages: told once.
    for line in (*zh, "", *(line for line in en if line not in zh), "", f"{out}  {model.version}"):
        Console(soft_wrap=True).print(Text(line))


def forecast(
    source: From,
    model_file: Annotated[Path, typer.Option("--model", help="Model that `yufang sensing train` wrote.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Forecast from the last rows of a file, or say why it can't be told."""
    try:
        model, series = _ask(source, model_file)
        found = model.forecast(series)
    except ForecastError as error:
        raise _user_error(error) from error
    if as_json:
        print(json.dumps(asdict(found), ensure_ascii=False))
        return
    for line in _lines(found):
        Console(soft_wrap=True).print(Text(line))


def _lines(found: Forecast) -> list[str]:
    lines = [
        f"{found.channel} ≥ {found.limit:g}: {found.state}" + ("" if found.value is None else f" ({found.value:g})")
    ]
    lines += [f"  {c.window.name:>5} min  {c.probability:.1%}" for c in found.chances]
    if found.band is not None:
        for minutes, values in zip(found.band.minutes, found.band.values, strict=True):
            quantiles = zip(found.band.levels, values, strict=True)
            lines.append(
                f"  +{minutes:>2.0f} min  " + "  ".join(f"{level:.0%} {value:.3g}" for level, value in quantiles)
            )
    return lines + [f"  {reason.zh} · {reason.en}" for reason in found.reasons]


def drift(
    source: From,
    model_file: Annotated[Path, typer.Option("--model", help="Model that `yufang sensing train` wrote.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Whether a model still holds on later rows: inputs that have moved, skill, calibration, and a verdict."""
    from yufang.sensing.forecast.drift import watch

    try:
        found = watch(*_ask(source, model_file))
    except ForecastError as error:
        raise _user_error(error) from error
    if as_json:
        print(json.dumps(asdict(found), ensure_ascii=False))
        return
    for line in (f"{found.verdict}: {found.zh}", found.en):
        Console(soft_wrap=True).print(Text(line))


def _ask(source: Path, model_file: Path) -> tuple[Model, Series]:
    from yufang.sensing.forecast.series import read_parquet
    from yufang.sensing.forecast.store import load

    model = load(model_file)
    roles = cast("dict[str, Role]", {name: model.roles[name] for name in model.beside})
    return model, read_parquet(source, model.channel, roles, model.every_s)


def _user_error(error: ForecastError) -> UserError:
    return UserError(f"{error.message}\n{error.zh[0]}", f"{error.way_out} · {error.zh[1]}")
