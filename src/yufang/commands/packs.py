"""`yufang pack`: list and show industry packs, check one before it ships."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled

from yufang import standards
from yufang.commands.errors import UserError
from yufang.packs import Hazard, Pack, PackError, Text, installed_packs
from yufang.packs.check import PackReport, check_pack
from yufang.packs.labels import (
    CLAUSE_STATUSES,
    CONTROL_LEVELS,
    EXPOSURES,
    FACTORS,
    PREVALENCES,
    SEVERITIES,
)
from yufang.packs.load import installed_paths
from yufang.packs.ppe import ppe_names

app = typer.Typer(no_args_is_help=True, help="行业包 / Industry packs: list, show, check.")


class Lang(StrEnum):
    zh = "zh"
    en = "en"


LangOption = Annotated[Lang, typer.Option("--lang", help="语言 / Language.")]
JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON / Print JSON, in both languages.")]

_HEADINGS = {
    "key": ("键", "Key"),
    "name": ("名称", "Name"),
    "version": ("版本", "Version"),
    "industries": ("行业", "Industries"),
    "equipment": ("设备", "Equipment"),
    "part": ("部位", "Part"),
    "tasks": ("作业", "Tasks"),
    "task": ("作业", "Task"),
    "materials": ("物料", "Materials"),
    "hazards": ("隐患", "Hazards"),
    "id": ("编号", "Id"),
    "title": ("隐患", "Hazard"),
    "circumstance": ("情形", "Circumstance"),
    "consequence": ("后果", "Consequence"),
    "accident_type": ("事故类型", "Accident type"),
    "severity": ("严重性", "Severity"),
    "prevalence": ("常见程度", "Prevalence"),
    "exposure": ("暴露频次", "Exposure"),
    "ppe": ("防护装备", "PPE"),
    "training": ("培训", "Training"),
    "check": ("现场检查", "Check on site"),
    "clause": ("依据", "Clause"),
    "signals": ("监测信号", "Signals to watch"),
    "words": ("记录用语", "Words in records"),
    "grade": ("等级", "Grade"),
    "refused": ("不予接受", "refused"),
    "refusals": ("须改", "To correct"),
    "advice": ("建议", "Advice"),
}


@app.command("list")
def list_packs(lang: LangOption = Lang.zh, as_json: JsonOption = False) -> None:
    """列出已安装的行业包 / List the installed packs."""
    packs = _installed()
    if as_json:
        _print_json([_summary(pack) for pack in packs])
        return
    columns = ("key", "name", "version", "industries", "equipment", "tasks", "materials", "hazards")
    table = _table(lang, columns)
    for pack in packs:
        counts = (len(pack.equipment), len(pack.tasks), len(pack.materials), len(pack.hazards))
        industries = " ".join(pack.industries)
        table.add_row(pack.key, _say(lang, pack.name), pack.version, industries, *map(str, counts))
    _console().print(table)


@app.command()
def show(
    key: Annotated[str, typer.Argument(help="行业包的键 / The pack's key.")],
    hazard: Annotated[str | None, typer.Argument(help="隐患编号 / A hazard's id.")] = None,
    lang: LangOption = Lang.zh,
    as_json: JsonOption = False,
) -> None:
    """显示一个行业包，或其中一条隐患 / Show a pack, or one hazard of it."""
    packs = {pack.key: pack for pack in _installed()}
    if key not in packs:
        raise UserError(f"no pack has the key {key!r}", f"one of: {', '.join(packs)} (yufang pack list)")
    pack = packs[key]
    if hazard is None:
        if as_json:
            _print_json(pack.model_dump(mode="json"))
        else:
            _show_pack(lang, pack)
        return
    wanted = hazard.strip().upper()
    row = next((row for row in pack.hazards if row.id == wanted), None)
    if row is None:
        first, last = pack.hazards[0].id, pack.hazards[-1].id
        raise UserError(
            f"the pack {key!r} has no hazard {hazard!r}", f"ids run from {first} to {last} (yufang pack show {key})"
        )
    if as_json:
        _print_json(row.model_dump(mode="json"))
    else:
        _show_hazard(lang, pack, row)


@app.command()
def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="行业包文件夹，缺省为全部已安装的 / Folders; else all installed.")
    ] = None,
    lang: LangOption = Lang.zh,
    as_json: JsonOption = False,
) -> None:
    """检查行业包并定等级；不合格时退出码非零 / Check packs and grade them; exit code ≠ 0 when one is refused."""
    folders = paths or list(installed_paths())
    for folder in folders:
        if not folder.is_dir():
            raise UserError(f"{folder} is no folder", "name the folder that holds pack.yaml and hazards/")
    reports = [check_pack(folder.resolve()) for folder in folders]
    if as_json:
        _print_json([_report_json(report) for report in reports])
    else:
        for report in reports:
            _show_report(lang, report)
    refused = [report.path.name for report in reports if report.grade is None]
    if refused:
        many = sum(len(report.refusals) for report in reports)
        raise UserError(
            f"{len(refused)} of {len(reports)} packs refused ({', '.join(refused)}): {many} to correct",
            "correct what is listed and check again; the rules: docs/packs.md",
        )


def _installed() -> tuple[Pack, ...]:
    try:
        return installed_packs()
    except PackError as error:
        raise UserError(str(error), "yufang pack check lists everything to correct") from error


def _show_pack(lang: Lang, pack: Pack) -> None:
    console = _console()
    console.print(Styled(f"{_say(lang, pack.name)}  {pack.urn}  v{pack.version}  {pack.licence}", style="bold"))
    console.print(Styled(pack.source, style="dim"))
    equipment = {entry.key: entry for entry in pack.equipment}
    columns = ("id", "title", "equipment", "part", "accident_type", "severity")
    table = _table(lang, columns)
    for row in pack.hazards:
        owner = equipment[row.equipment]
        part = _say(lang, owner.parts[row.part]) if row.part else ""
        name, severity = _say(lang, owner.name), _say(lang, SEVERITIES[row.severity])
        table.add_row(row.id, _say(lang, row.title), name, part, _accident(lang, row), severity)
    console.print(table)


def _show_hazard(lang: Lang, pack: Pack, row: Hazard) -> None:
    console = _console()
    console.print(Styled(f"{row.id}  {_say(lang, row.title)}", style="bold"))
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")  # Chinese has no blanks to break at
    for label, text in _hazard_lines(lang, pack, row):
        grid.add_row(label, text)
    console.print(grid)


def _hazard_lines(lang: Lang, pack: Pack, row: Hazard) -> list[tuple[str, str]]:
    """Label and text of every field that is filled."""
    owner = next(entry for entry in pack.equipment if entry.key == row.equipment)
    task = next((_say(lang, entry.name) for entry in pack.tasks if entry.key == row.task), "")
    materials = [_say(lang, entry.name) for entry in pack.materials if entry.key in row.materials]
    mark = "；" if lang is Lang.zh else "; "
    status = _say(lang, CLAUSE_STATUSES[row.clause.status])
    lines = [
        (_heading(lang, "equipment"), _say(lang, owner.name)),
        (_heading(lang, "part"), _say(lang, owner.parts[row.part]) if row.part else ""),
        (_heading(lang, "task"), task),
        (_heading(lang, "materials"), mark.join(materials)),
        (_heading(lang, "circumstance"), _say(lang, row.circumstance)),
        (_heading(lang, "consequence"), _say(lang, row.consequence)),
        (_heading(lang, "accident_type"), _accident(lang, row)),
        (_heading(lang, "severity"), _say(lang, SEVERITIES[row.severity])),
        (_heading(lang, "prevalence"), _say(lang, PREVALENCES[row.prevalence])),
        (_heading(lang, "exposure"), _say(lang, EXPOSURES[row.exposure])),
    ]
    for factor, label in FACTORS.items():
        cause = getattr(row.causes, factor)
        lines.append((_say(lang, label), _say(lang, cause) if cause else ""))
    order = list(CONTROL_LEVELS)
    for step in sorted(row.measures, key=lambda step: order.index(step.level)):
        lines.append((_say(lang, CONTROL_LEVELS[step.level]), _say(lang, step.text)))
    names = ppe_names()
    ppe = [f"{code} {_say(lang, names[code])}" if code in names else code for code in row.ppe]
    lines += [
        (_heading(lang, "ppe"), mark.join(ppe)),
        (_heading(lang, "training"), _say(lang, row.training)),
        (_heading(lang, "check"), _say(lang, row.check)),
        (_heading(lang, "clause"), f"{row.clause.ref} [{status}]"),
        (_heading(lang, "signals"), mark.join(_say(lang, signal) for signal in row.signals)),
        (_heading(lang, "words"), mark.join(row.words)),
    ]
    return [(label, text) for label, text in lines if text]


def _show_report(lang: Lang, report: PackReport) -> None:
    console = _console(soft_wrap=True)
    measured = report.measured
    if report.grade is not None:
        grade = report.grade.zh if lang is Lang.zh else report.grade.en
        style = "bold green"
    else:
        grade, style = _heading(lang, "refused"), "bold red"
    rows = f"  {_heading(lang, 'hazards')}: {measured['rows']:.0f}" if measured else ""
    console.print(Styled(f"{report.path.name}: {grade}", style=style) + Styled(rows))
    for label, errors, colour in (("refusals", report.refusals, "red"), ("advice", report.advice, "yellow")):
        if errors:
            console.print(Styled(f"  {_heading(lang, label)} ({len(errors)})", style=colour))
        for error in errors:
            console.print(Styled(f"    {_tell(lang, error)}"))


def _tell(lang: Lang, error: PackError) -> str:
    if lang is Lang.en or not error.rule_zh:
        return str(error)
    where = " ".join(part for part in (error.place, error.row, error.field) if part)
    value = f"“{error.value}”" if error.value else ""
    return f"{where}{value}：{error.rule_zh}"


def _report_json(report: PackReport) -> dict[str, Any]:
    return {
        "pack": report.path.name,
        "grade": report.grade.key if report.grade else None,
        "measured": report.measured,
        "refusals": [_error_json(error) for error in report.refusals],
        "advice": [_error_json(error) for error in report.advice],
    }


def _error_json(error: PackError) -> dict[str, str]:
    keys = ("place", "row", "field", "value", "rule", "rule_zh", "code")
    return {key: getattr(error, key) for key in keys}


def _summary(pack: Pack) -> dict[str, Any]:
    head = pack.model_dump(mode="json", include={"urn", "key", "version", "name", "licence", "industries"})
    counts = {name: len(getattr(pack, name)) for name in ("equipment", "tasks", "materials", "hazards")}
    return {**head, **counts}


def _accident(lang: Lang, row: Hazard) -> str:
    try:
        found = standards.entry("gb6441_2025_type", row.accident_type)
    except standards.UnknownCode:  # a pack that wasn't checked: the code alone
        return row.accident_type
    return f"{row.accident_type} {found.name_zh if lang is Lang.zh else found.name_en}"


def _say(lang: Lang, text: Text) -> str:
    return text.zh if lang is Lang.zh else text.en


def _heading(lang: Lang, name: str) -> str:
    return _HEADINGS[name][0 if lang is Lang.zh else 1]


def _table(lang: Lang, columns: tuple[str, ...]) -> Table:
    table = Table()
    for column in columns:
        table.add_column(_heading(lang, column), overflow="fold", no_wrap=column in ("key", "id"))
    return table


def _console(soft_wrap: bool = False) -> Console:
    # Beside a terminal (a pipe, a file) there is no width to respect but a line must end somewhere.
    return Console(soft_wrap=soft_wrap, width=None if sys.stdout.isatty() else 140)


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
