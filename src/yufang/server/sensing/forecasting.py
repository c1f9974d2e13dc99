"""Forecasts of channels that have a model: made from the newest readings, kept as one row a channel, told as events.

A model is a file that `yufang sensing train` wrote, under `forecasts/<enterprise>/` of the home folder; which channel
it foretells stands in it. Where several foretell one channel the one trained last is used.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings
from django.utils import timezone

from yufang.sensing.channels import Channel as SensingChannel
from yufang.sensing.channels import Limit
from yufang.sensing.detectors.contract import Event
from yufang.sensing.errors import SensingError
from yufang.sensing.forecast.contracts import LATER, WITHIN, Forecast
from yufang.sensing.forecast.errors import ForecastError
from yufang.server.accounts.models import Organisation
from yufang.server.live.events import ForecastMade, emit
from yufang.server.scope import Actor
from yufang.server.sensing import episodes
from yufang.server.sensing.models import Channel, ChannelForecast
from yufang.server.sensing.registry import channel_of
from yufang.server.sensing.stores import store_of

if TYPE_CHECKING:  # polars, only where something is foretold
    from yufang.sensing.forecast.model import Model
    from yufang.sensing.forecast.series import Series

DETECTOR = "forecast"
HISTORY = timedelta(hours=5)  # four serve every feature
DRIFT_EVERY, DRIFT_SPAN = timedelta(hours=6), timedelta(hours=48)
STALE = timedelta(minutes=5)
_SPENT_US = int(WITHIN[-1].end_min * 60e6)  # what was foretold so long ago has come or not

NO_MODEL = (
    "no_model",
    "该通道还没有预测模型；用 yufang sensing train 训练，并把模型文件放入 forecasts/<企业编号>/ 文件夹。",
    "The channel has no forecast model; train one with yufang sensing train and put its file under "
    "forecasts/<enterprise id>/.",
)
NOT_YET = (
    "not_yet",
    "已有模型，下一分钟给出第一次预测。",
    "There is a model; its first forecast is made within a minute.",
)
PERSONAL = (
    "personal",
    "该通道涉及个人，不做预测。",
    "The channel says something about one person; nothing is foretold of it.",
)


def folder(enterprise_id: int) -> Path:
    """Where the models of an enterprise lie."""
    home: Path = settings.CONFIG.home.resolve()
    return home / "forecasts" / str(int(enterprise_id))


def enterprises() -> list[int]:
    """Enterprises that have models, or had one."""
    root = folder(0).parent
    found = {int(path.name) for path in root.glob("*") if path.is_dir() and path.name.isdigit()}
    return sorted(found | set(ChannelForecast.objects.values_list("enterprise_id", flat=True).distinct()))


def models_of(enterprise_id: int) -> tuple[dict[str, Model], list[tuple[str, ForecastError]]]:
    """(the model of each channel, files that are none with their errors)."""
    found: dict[str, Model] = {}
    broken: list[tuple[str, ForecastError]] = []
    for path in sorted(folder(enterprise_id).glob("*")):
        if not path.is_file() or path.name.endswith(".part"):
            continue
        try:
            status = path.stat()
            model = _loaded(str(path), status.st_mtime_ns, status.st_size)
        except ForecastError as error:
            broken.append((path.name, error))
            continue
        except OSError:  # taken away while we looked
            continue
        other = found.get(model.channel)
        if other is None or model.card.trained_at >= other.card.trained_at:
            found[model.channel] = model
    return found, broken


def why_none(row: Channel) -> tuple[str, str, str]:
    """(code, zh, en): why a channel has no forecast. A file among the models that can't be read is named."""
    if row.personal:
        return PERSONAL
    models, broken = models_of(row.enterprise_id)
    if row.key in models:
        return NOT_YET
    code, zh, en = NO_MODEL
    for name, error in broken[:3]:
        zh, en = f"{zh}文件 {name}：{error.zh[0]}。", f"{en} File {name}: {error.message}."
    return code, zh, en


@lru_cache(maxsize=256)
def _loaded(path: str, changed_ns: int, size: int) -> Model:
    from yufang.sensing.forecast.store import load

    return load(Path(path))


def foretell(acting_user: Actor, home: Organisation, now: datetime) -> int:
    """Make and keep the forecasts of an enterprise; inside the action's transaction. Returns how many were made."""
    models, _ = models_of(home.pk)
    rows = {
        row.key: row
        for row in Channel.objects.select_related("device").filter(enterprise=home, key__in=models, closed=False)
        if not row.personal
    }
    kept = {
        row.channel.key: row
        for row in ChannelForecast.objects.select_for_update(of=("self",))
        .select_related("channel")
        .filter(enterprise=home)
    }
    for key in sorted(set(kept) - set(rows)):  # its model was taken away, or the channel closed
        _follow(acting_user, home, kept[key], None, None, now)
        kept[key].delete()
    for key, channel in sorted(rows.items()):
        row = kept.get(key) or ChannelForecast(path=channel.path, enterprise=home, channel=channel)
        _make(acting_user, home, row, channel, models[key], now)
    return len(rows)


def _make(
    acting_user: Actor, home: Organisation, row: ChannelForecast, channel: Channel, model: Model, now: datetime
) -> None:
    known = channel_of(channel, timezone.localdate(now), channel.device.key)
    limit, wrong = _limit(known, model)
    found = None if wrong else _forecast(home, model, now)
    forecast = found if isinstance(found, Forecast) else None
    reasons = [wrong] if wrong else [] if forecast else [found]
    if row.version != model.version or row.drift_at is None or now - row.drift_at >= DRIFT_EVERY:
        row.drift, row.drift_at = _drift(home, model, now) if not wrong else None, now
    row.path, row.made_at, row.version = channel.path, now, model.version
    row.told = _told(model, limit, forecast, reasons)
    _follow(acting_user, home, row, model, forecast, now)
    row.save()
    emit(ForecastMade(id=channel.pk, enterprise_id=home.pk, path=channel.path))


def _series(home: Organisation, model: Model, start: datetime, end: datetime) -> Series:
    from yufang.sensing.forecast.series import from_readings

    keys = [model.channel, *model.beside]
    span = (int(at.timestamp() * 1e6) for at in (start, end))
    readings, names = store_of(home.pk).read(keys, *span)
    roles: Any = {name: model.roles[name] for name in model.beside}
    return from_readings(readings, names, model.channel, roles, model.every_s)


def _forecast(home: Organisation, model: Model, now: datetime) -> Forecast | Mapping[str, str]:
    try:
        series = _series(home, model, now - HISTORY, now + timedelta(minutes=1))
        at = series.time(-1) or 0
        if now.timestamp() * 1e6 - at > STALE.total_seconds() * 1e6:
            minutes = (now.timestamp() - at / 1e6) / 60
            return _reason(
                "stale",
                f"该通道已 {minutes:.0f} 分钟没有读数，无法预测。",
                f"The channel has told nothing for {minutes:.0f} minutes; nothing can be foretold.",
            )
        return model.forecast(series)
    except (SensingError, ForecastError) as error:
        zh, way = error.zh
        return _reason(error.code, f"{zh}；{way}。", f"{error.message}; {error.way_out}.")


def _drift(home: Organisation, model: Model, now: datetime) -> dict[str, Any]:
    from yufang.sensing.forecast.drift import watch

    try:
        found = watch(model, _series(home, model, now - DRIFT_SPAN, now + timedelta(minutes=1)))
        told = {"state": found.verdict, "zh": found.zh, "en": found.en}
    except (SensingError, ForecastError) as error:
        told = {"state": "cannot_tell", "zh": error.zh[0], "en": error.message}
    return told | {"at": now.isoformat()}


def _limit(known: SensingChannel, model: Model) -> tuple[Limit | None, Mapping[str, str] | None]:
    """The channel's limit that the model foretells, or why it foretells none that holds."""
    if model.card.unit and model.card.unit != known.unit:
        return None, _reason(
            "other_unit",
            f"模型学的是 {model.card.unit}，通道现以 {known.unit} 记录；请重新训练。",
            f"The model was learned in {model.card.unit}, the channel is kept in {known.unit} now; train it anew.",
        )
    upper = [limit for limit in known.limits if limit.kind in ("high", "high_high")]
    for limit in upper:
        if math.isclose(limit.value, model.limit, rel_tol=1e-6):
            return limit, None
    if upper:
        now = "、".join(f"{limit.value:g}" for limit in upper)
        return None, _reason(
            "other_limit",
            f"模型学的限值是 {model.limit:g} {known.unit}，通道现行限值是 {now}；请按现行限值重新训练。",
            f"The model foretells {model.limit:g} {known.unit}; the channel's limits are {now} now. Train it anew.",
        )
    source = "训练时给定 / given at training"
    return Limit(kind="high", value=model.limit, unit=known.unit, source=source), None


def _told(model: Model, limit: Limit | None, found: Forecast | None, reasons: list[Any]) -> dict[str, Any]:
    """What is kept of a forecast; plain JSON."""
    chances = {c.window: _plain(c.probability) for c in found.chances} if found else {}
    told = [{"within_min": w.end_min, "probability": chances[w]} for w in WITHIN if w in chances]
    return {
        "state": found.state if found else "cannot_tell",
        "at": found.at if found else None,
        "value": _plain(found.value) if found else None,
        "limit": {"value": limit.value, "unit": limit.unit, "source": limit.source} if limit else None,
        "chances": told,
        "later": chances.get(LATER),
        "warn_at": _plain(model.warn_at),
        "band": asdict(found.band) if found and found.band else None,
        "model": {
            "version": model.version,
            "trained_at": model.card.trained_at,
            "learners": dict(model.card.chosen),
            "card_zh": model.card.describe("zh"),
            "card_en": model.card.describe("en"),
        },
        "reasons": [*reasons, *(asdict(reason) for reason in (found.reasons if found else ()))],
    }


def _follow(
    acting_user: Actor,
    home: Organisation,
    row: ChannelForecast,
    model: Model | None,
    found: Forecast | None,
    now: datetime,
) -> None:
    """Raise or clear the event of a channel by its newest forecast.

    Above the model's threshold it is raised; it is cleared when the probability has fallen below, when the limit is
    reached (that has an alarm of its own), or when half an hour went by without a word.
    """
    now_us = int(now.timestamp() * 1e6)
    chance = _soon(found)
    if row.raised_since is None:
        if model is not None and found is not None and chance is not None and chance >= model.warn_at:
            row.raised_since = found.at if found.at is not None else now_us
            _tell(acting_user, home, _event(row, model, found, chance, "raised", now_us), now)
        return
    if found is not None and found.state == "above":
        why = ("已达到限值，由限值报警接续", "the limit is reached: its own alarm goes on from here")
    elif model is not None and chance is not None and chance < model.warn_at:
        why = (f"概率降至 {chance:.0%}", f"the probability has fallen to {chance:.0%}")
    elif model is None:
        why = ("模型已撤下", "its model was taken away")
    elif chance is None and now_us - row.raised_since > _SPENT_US:
        why = ("预测时段已过，且无法再预测", "the time foretold is over, and no more can be told")
    else:
        return
    _tell(acting_user, home, _cleared(row, why, chance, now_us), now)
    row.raised_since = None


def _soon(found: Forecast | None) -> float | None:
    """The probability of the longest window, which the model's threshold was chosen for."""
    told = (c.probability for c in (found.chances if found else ()) if c.window == WITHIN[-1])
    return next((p for p in told if math.isfinite(p)), None)


def _event(row: ChannelForecast, model: Model, found: Forecast, chance: float, state: Any, now_us: int) -> Event:
    unit, since = row.channel.unit, int(row.raised_since or now_us)
    zh = (
        f"预计 30 分钟内达到 {model.limit:g} {unit}：概率 {chance:.0%}（预警阈值 {model.warn_at:.0%}），"
        f"现值 {found.value:.4g} {unit}"
    )
    en = (
        f"expected to reach {model.limit:g} {unit} within 30 minutes: probability {chance:.0%} (warning from "
        f"{model.warn_at:.0%}), now {found.value:.4g} {unit}"
    )
    return Event.of(
        detector=DETECTOR,
        channel=row.channel.key,
        kind="forecast",
        state=state,
        since=since,
        at=max(since, found.at or now_us),
        value=float(found.value if found.value is not None else np.nan),
        limit=model.limit,
        unit=unit,
        deviation=None,
        sureness=min(1.0, max(0.0, chance)),
        reason_zh=zh,
        reason_en=en,
        evidence={
            "window_min": [WITHIN[-1].start_min, WITHIN[-1].end_min],
            "probability": chance,
            "warn_at": model.warn_at,
            "model": model.version,
            "figures": dict(found.evidence),
        },
    )


def _cleared(row: ChannelForecast, why: tuple[str, str], chance: float | None, now_us: int) -> Event:
    return Event.of(
        detector=DETECTOR,
        channel=row.channel.key,
        kind="forecast",
        state="cleared",
        since=int(row.raised_since or now_us),
        at=now_us,
        value=0.0 if chance is None else chance,
        limit=None,
        unit="",
        deviation=None,
        sureness=0.5 if chance is None else 1.0 - min(1.0, max(0.0, chance)),
        reason_zh=f"不再预计超限：{why[0]}",
        reason_en=f"no longer expected to cross the limit: {why[1]}",
    )


def _tell(acting_user: Actor, home: Organisation, event: Event, now: datetime) -> None:
    read = episodes.EventIn.model_validate(asdict(event))
    episodes.take_events(acting_user, home, None, [read], now)


def _plain(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _reason(code: str, zh: str, en: str) -> dict[str, str]:
    return {"code": code, "zh": zh, "en": en}


def time_of(time_us: int | None) -> datetime | None:
    """A time in µs as the contracts have it."""
    return None if time_us is None else datetime.fromtimestamp(time_us / 1e6, UTC)
