"""A small sound pack on disk, and a way to break one thing in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

# The key industries of the work-injury prevention plan and of safety supervision.
INDUSTRIES = {
    *("hazchem", "petroleum", "petrochemical", "coal_mine", "metal_mine", "construction", "transport", "machinery"),
    *("steel", "nonferrous", "building_materials", "civil_explosives", "fireworks", "power", "food", "batteries"),
    *("warehousing", "instant_delivery", "ride_hailing", "textiles", "wood_furniture", "waste_sewage"),
}

HEAD = """\
urn: urn:yufang:pack:sample
key: sample
version: 1.0.0
name: {zh: 示例行业, en: Sample industry}
locale: zh-CN
source: Made by the tests of yufang
licence: CC-BY-4.0
industries: ["33"]
equipment:
  - key: press
    name: {zh: 冲床, en: Punch press}
    aliases: [机械压力机]
    parts:
      pedal: {zh: 脚踏开关, en: Foot pedal}
tasks:
  - {key: feeding, name: {zh: 手工送料, en: Hand feeding}}
materials:
  - {key: sheet, name: {zh: 钢板, en: Sheet steel}}
"""

ROW = """\
- id: SA-01
  title: {zh: 冲床脚踏开关无防护罩, en: Punch press pedal without a cover}
  equipment: press
  part: pedal
  task: feeding
  materials: [sheet]
  circumstance:
    zh: 手工送料时脚搭在无罩的踏板上，边角料落下压住踏板使滑块意外启动
    en: While feeding by hand the foot rests on an open pedal and falling scrap starts the slide
  consequence: {zh: 手指被冲断, en: Fingers are punched off}
  causes:
    human: {zh: 送料时脚不离踏板, en: The foot never leaves the pedal}
    machine: {zh: 踏板无三面防护罩, en: No three-sided cover on the pedal}
    method: {zh: 手工送料未禁用脚踏模式, en: Pedal mode is allowed for hand feeding}
  accident_type: WSA10004
  severity: serious
  prevalence: common
  exposure: daily
  measures:
    - {level: engineering, text: {zh: 踏板加装三面防护罩, en: Fit a three-sided cover to the pedal}}
    - {level: ppe, text: {zh: 使用手工具取件并戴手套, en: Use hand tools and gloves for parts}}
  ppe: [SF-08]
  training: {zh: 脚踏操作要领, en: How to use the pedal}
  check:
    zh: 看踏板是否有三面罩，把模式切到脚踏试能否启动滑块，核对钥匙是否拔出
    en: Look for the cover, select pedal mode and try to start, see the key is withdrawn
  clause: {ref: GB 27607-2011, status: title}
  signals:
    - {zh: 脚踏模式使用时长, en: Running time in pedal mode}
  words: [脚踏开关无防护罩, 踏板未加罩, 脚踏误动作]
"""

MakePack = Callable[..., Path]


@pytest.fixture
def make_pack(tmp_path: Path) -> MakePack:
    """Write the sample pack; `head` and `row` are (old, new) replacements, `rows` further text of the file."""

    def write(head: tuple[str, str] | None = None, row: tuple[str, str] | None = None, rows: str = "") -> Path:
        folder = tmp_path / "sample"
        (folder / "hazards").mkdir(parents=True)
        (folder / "pack.yaml").write_text(_change(HEAD, head), encoding="utf-8")
        (folder / "hazards" / "press.yaml").write_text(_change(ROW, row) + rows, encoding="utf-8")
        return folder

    return write


def _change(text: str, change: tuple[str, str] | None) -> str:
    if change is None:
        return text
    old, new = change
    assert text.count(old) == 1, f"the sample holds {old!r} {text.count(old)} times"
    return text.replace(old, new)
