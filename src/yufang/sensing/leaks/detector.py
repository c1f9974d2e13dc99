"""A leak as events: one episode a leak, with source, rate and its interval, and the sensors and wind that say so.

Readings of any rate are taken into whole minutes; a minute closes when the first reading of a later one arrives on any
of the detector's channels, so what is told of it rests on it and on what came before. `sureness` is the probability of
a leak under the model of `belief`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from yufang.sensing.detectors.contract import Event, Snapshot, State
from yufang.sensing.leaks.belief import ELSEWHERE, Answer
from yufang.sensing.leaks.dispersion import CALM
from yufang.sensing.leaks.errors import LeakError
from yufang.sensing.leaks.settings import Settings, read_settings
from yufang.sensing.leaks.site import Watch
from yufang.sensing.leaks.texts import reasons

if TYPE_CHECKING:
    from yufang.sensing.channels import Channel
    from yufang.sensing.wire import Readings

MINUTE = 60_000_000
SURE = 0.5  # a source is named when it is likelier than all others together
_APART = 5 * MINUTE  # changes of one episode are told this far apart at least
_FORGET = 60  # minutes of silence after which the air and the sensors' last words are forgotten
_WIND_HOLDS = 10  # minutes for which the last wind stands in for a missing one


@dataclass(frozen=True)
class Told:
    """What was last said of the open episode: source (index, ELSEWHERE, or -2 for "cannot tell") and rate (kg/h)."""

    source: int
    rate: float


CANNOT_TELL = -2


class LeakDetector:
    """See `yufang.sensing.detectors.contract.Detector`; configured by `settings.read_settings`."""

    def __init__(self, settings: Settings, channels: Sequence[Channel]) -> None:
        self.settings = settings
        self.name = settings.name
        self.channels: Sequence[str] = [channel.key for channel in channels]
        self._row = np.full(len(channels), -1, np.int64)
        watched = [*settings.gas, settings.speed, settings.direction]
        for row, place in enumerate(watched):
            self._row[place] = row
        self._factor = np.array([*settings.factors, 1.0, 1.0])
        self._last = np.full(len(channels), -(2**62), np.int64)
        self._sum = np.zeros((len(watched) + 1, 2))  # sum, count; direction as two rows of cosine and sine
        self._number: dict[str, int] = dict.fromkeys(_NUMBERS, -1)
        self._value: dict[str, float] = dict.fromkeys(_VALUES, math.nan)
        self.watch = Watch(settings.site, settings.priors)

    @classmethod
    def from_config(cls, data: Mapping[str, Any], channels: Sequence[Channel]) -> Self:
        """From plain data; see `docs/sensing/leaks.md` for the fields. Raises LeakError."""
        return cls(read_settings(data, channels), channels)

    def update(self, batch: Readings) -> list[Event]:
        """The events that the batch tells, in the order of its readings."""
        if len(batch) and (int(batch.channel.min()) < 0 or int(batch.channel.max()) >= len(self.channels)):
            wrong = int(np.flatnonzero((batch.channel < 0) | (batch.channel >= len(self.channels)))[0])
            value = int(batch.channel[wrong])
            raise LeakError("bad_channel_index", index=wrong, value=value, last=len(self.channels) - 1)
        events: list[Event] = []
        usable = batch.usable() & (np.abs(batch.value) < 1e12) & (self._row[batch.channel] >= 0)
        for n in np.flatnonzero(usable).tolist():
            channel, time = int(batch.channel[n]), int(batch.time[n])
            row = int(self._row[channel])
            if time <= self._last[channel]:
                continue
            minute = time // MINUTE
            open_ = self._number["minute"]
            if open_ >= 0 and minute < open_:
                continue  # its minute is closed: what was told of it stands
            self._last[channel] = time
            if open_ >= 0 and minute > open_:
                events += self._close(minute)
            self._take(row, time, float(batch.value[n]) * float(self._factor[row]))
        return events

    def _take(self, row: int, time: int, value: float) -> None:
        if self._number["minute"] < 0:
            self._number["minute"] = time // MINUTE
            self._number["first"] = time
        self._number["latest"] = max(self._number["latest"], time)
        if row == len(self.settings.gas) + 1:
            east, north = self.settings.towards(value)
            self._sum[row] += (east, 1.0)
            self._sum[row + 1] += (north, 1.0)
        else:
            self._sum[row] += (value, 1.0)

    def _close(self, later: int) -> list[Event]:
        """Close the open minute, go through those without a reading, and open minute `later`."""
        minute, first, latest = self._number["minute"], self._number["first"], self._number["latest"]
        with np.errstate(invalid="ignore"):
            mean = self._sum[:, 0] / self._sum[:, 1]
        gas = mean[: len(self.settings.gas)]
        wind = self._wind(mean[-3], mean[-2], mean[-1], minute)
        answer = self.watch.step((minute + 1) * MINUTE, gas, wind)
        events = self._tell(answer, first, latest, wind)
        silent = later - minute - 1
        if silent > _FORGET:
            self.watch.air.puffs.held = self.watch.air.puffs.held[:0]
            self.watch.belief.before[:] = math.nan
        for _ in range(min(silent, 24 * _FORGET)):
            self.watch.belief.step(np.full(len(gas), math.nan), self.watch.nowhere(), math.nan)
        self._sum[:] = 0.0
        self._number["minute"] = self._number["first"] = self._number["latest"] = -1
        return events

    def _wind(self, speed: float, east: float, north: float, minute: int) -> tuple[float, float] | None:
        """This minute's wind, or the last one while it holds, or None."""
        length = math.hypot(east, north)
        if math.isfinite(speed) and speed >= 0 and math.isfinite(length) and length > 1e-9:
            self._value["east"], self._value["north"] = speed * east / length, speed * north / length
            self._number["wind_at"] = minute
        if self._number["wind_at"] < 0 or minute - self._number["wind_at"] > _WIND_HOLDS:
            return None
        return self._value["east"], self._value["north"]

    def _tell(self, answer: Answer, first: int, latest: int, wind: tuple[float, float] | None) -> list[Event]:
        """What a closed minute changes: an episode begins, changes or ends."""
        number, settings = self._number, self.settings
        excess = self.watch.excess
        highest = float(np.nanmax(excess)) if np.isfinite(excess).any() else 0.0
        if answer.leak < settings.onset and number["open"] < 0:
            number["since"], self._value["windy"], self._value["seen"] = -1, 0.0, 0.0
        elif number["since"] < 0:
            number["since"] = first
        alarm = answer.leak >= settings.alarm or highest >= settings.instant
        if alarm and number["since"] < 0:
            number["since"] = first
        self._count(highest, wind)
        told = Told(self._source(answer), answer.rate[1])
        if alarm and number["open"] < 0:
            heard = np.where(np.isfinite(excess), excess, -math.inf)
            number["open"], number["channel"] = number["since"], settings.gas[int(np.argmax(heard))]
            return [self._event("raised", answer, told, latest, highest, wind)]
        if number["open"] >= 0 and answer.leak < settings.clear and highest < settings.instant:
            event = self._event("cleared", answer, told, latest, highest, wind)
            number["open"] = number["since"] = -1
            return [event]
        if number["open"] >= 0 and latest - number["told_at"] >= _APART and self._differs(told):
            return [self._event("changed", answer, told, latest, highest, wind)]
        return []

    def _count(self, highest: float, wind: tuple[float, float] | None) -> None:
        """Minutes with gas since the onset, and how many of them had a wind to go by."""
        if self._number["since"] < 0 or highest < self.watch.belief.priors.floor:
            return
        self._value["seen"] = _or_zero(self._value["seen"]) + 1
        blown = wind is not None and math.hypot(*wind) >= CALM
        self._value["windy"] = _or_zero(self._value["windy"]) + (1 if blown else 0)

    def _source(self, answer: Answer) -> int:
        if 2 * _or_zero(self._value["windy"]) < _or_zero(self._value["seen"]):
            return CANNOT_TELL  # most of this gas was seen in still air, which points nowhere
        best = answer.likeliest
        return best if float(answer.sources[best]) >= SURE else CANNOT_TELL

    def _differs(self, told: Told) -> bool:
        before = Told(self._number["source"], self._value["rate"])
        return told.source != before.source or not 0.5 < told.rate / before.rate < 2.0

    def _event(
        self, state: State, answer: Answer, told: Told, at: int, highest: float, wind: tuple[float, float] | None
    ) -> Event:
        self._number["told_at"], self._number["source"], self._value["rate"] = at, told.source, told.rate
        evidence = self._evidence(answer, told, wind)
        reason_zh, reason_en = reasons(state, evidence, answer.leak, highest)
        return Event.of(
            detector=self.name,
            channel=self.channels[self._number["channel"]],
            kind="leak",
            state=state,
            since=self._number["open"],
            at=at,
            value=highest,
            limit=self.settings.instant if highest >= self.settings.instant else None,
            unit="ppm",
            deviation=highest,
            sureness=min(max(answer.leak, 0.0), 1.0),
            reason_zh=reason_zh,
            reason_en=reason_en,
            evidence=evidence,
        )

    def _evidence(self, answer: Answer, told: Told, wind: tuple[float, float] | None) -> dict[str, Any]:
        site = self.settings.site
        names = [source.key for source in site.sources]
        still = wind is None or math.hypot(*wind) < CALM
        excess = self.watch.excess
        order = [int(i) for i in np.argsort(-np.nan_to_num(excess, nan=-math.inf), kind="stable")]
        gas = [i for i in order if math.isfinite(excess[i]) and excess[i] >= self.watch.belief.priors.floor]
        why = None
        if told.source == CANNOT_TELL:
            calm = 2 * _or_zero(self._value["windy"]) < _or_zero(self._value["seen"])
            why = "calm" if calm else "several_fit"
        elif told.source == ELSEWHERE:
            why = "none_fits"
        known = told.source >= 0
        return {
            "source": names[told.source] if known else None,
            "why_no_source": why,
            "sources": [
                {"source": name, "probability": round(float(share), 4)}
                for name, share in zip([*names, None], answer.sources, strict=True)
            ],
            "rate_kg_h": dict(zip(("low", "middle", "high"), (_short(x) for x in answer.rate), strict=True))
            if known
            else None,
            "sensors": [{"sensor": site.sensors[i].key, "excess_ppm": round(float(excess[i]), 3)} for i in gas],
            "wind": None
            if wind is None
            else {
                "speed_m_s": round(math.hypot(*wind), 2),
                "towards_deg": round(math.degrees(math.atan2(wind[0], wind[1])) % 360, 1),
                "calm": still,
            },
        }

    def set_back(self, time_us: int) -> None:
        """No time that is kept stays later than `time_us`, but for when the open leak began.

        A minute under way that never was is dropped; what is believed and the background stay.
        """
        number, minute = self._number, time_us // MINUTE
        np.minimum(self._last, time_us, out=self._last)
        if number["minute"] > minute:
            self._sum[:] = 0.0
            number["minute"] = number["first"] = number["latest"] = -1
        else:
            number["first"], number["latest"] = min(number["first"], time_us), min(number["latest"], time_us)
        number["wind_at"], number["told_at"] = min(number["wind_at"], minute), min(number["told_at"], time_us)
        if number["open"] < 0:
            number["since"] = min(number["since"], time_us)

    def snapshot(self) -> Snapshot:
        """Belief, background, puffs, the open minute and the open episode; sizes depend on the configuration alone."""
        puffs = self.watch.air.puffs
        held = np.zeros((puffs.capacity, puffs.FIELDS))
        held[: len(puffs.held)] = puffs.held
        background, belief = self.watch.background, self.watch.belief
        return {
            "last": self._last.copy(),
            "sum": self._sum.copy(),
            "numbers": np.array([self._number[name] for name in _NUMBERS], np.int64),
            "values": np.array([self._value[name] for name in _VALUES]),
            "held": belief.held.copy(),
            "none": np.array([belief.none]),
            "before": belief.before.copy(),
            "excess": self.watch.excess.copy(),
            "readings": background.values.copy(),
            "steps": background.steps.copy(),
            "previous": background.last.copy(),
            "places": np.array([background.next, len(puffs.held)], np.int64),
            "puffs": held,
        }

    def restore(self, state: Snapshot) -> None:
        """Put a snapshot back, bit for bit. Raises LeakError where it doesn't fit; nothing is changed then."""
        own = self.snapshot()
        for name, array in own.items():
            other = state.get(name)
            if other is None or other.shape != array.shape or other.dtype != array.dtype:
                raise LeakError("bad_snapshot", detector=self.name, field=name)
        kept = {name: state[name].copy() for name in own}
        self._last, self._sum = kept["last"], kept["sum"]
        self._number = dict(zip(_NUMBERS, (int(x) for x in kept["numbers"]), strict=True))
        self._value = dict(zip(_VALUES, (float(x) for x in kept["values"]), strict=True))
        background, belief = self.watch.background, self.watch.belief
        belief.held, belief.none, belief.before = kept["held"], float(kept["none"][0]), kept["before"]
        self.watch.excess = kept["excess"]
        background.values, background.steps, background.last = kept["readings"], kept["steps"], kept["previous"]
        background.next = int(kept["places"][0])
        self.watch.air.puffs.held = kept["puffs"][: int(kept["places"][1])]


_NUMBERS = ("minute", "first", "latest", "wind_at", "since", "open", "channel", "told_at", "source")
_VALUES = ("east", "north", "windy", "seen", "rate")


def _or_zero(value: float) -> float:
    return value if math.isfinite(value) else 0.0


def _short(value: float) -> float:
    return float(f"{value:.3g}")
