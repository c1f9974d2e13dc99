"""`yufang deduce`: hazard points for one enterprise, from its records or from its industry and equipment alone.

`yufang deduce sheet` writes the page that shows ten points for a made enterprise of every pack.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich.console import Console
from rich.table import Table

from yufang.commands.errors import UserError
from yufang.deduction import Deducer, EnterpriseContext, HazardPoint, OwnEquipment, deduce, fit
from yufang.deduction.sheet import sheet, stale
from yufang.deduction.what_if import unknown_equipment
from yufang.graph import RiskGraph
from yufang.lake import Lake, LakeError
from yufang.packs import PackError, installed_packs
from yufang.standards.industries import industry
from yufang.standards.model import UnknownCode

app = typer.Typer(add_completion=False, no_args_is_help=False)
PAGE = Path("docs/points-of-22-packs.md")


class Lang(StrEnum):
    """Languages of the answer."""

    zh = "zh"
    en = "en"


@app.callback(invoke_without_command=True)
def deduce_(
    ctx: typer.Context,
    lake: Annotated[Path | None, typer.Option(help="数据湖目录 / the lake's folder")] = None,
    enterprise: Annotated[str, typer.Option(help="企业编号或名称（配合 --lake）/ its id or name, with --lake")] = "",
    industry_code: Annotated[
        str, typer.Option("--industry", help="GB/T 4754-2017 行业代码 / industry code, e.g. 3311")
    ] = "",
    equipment: Annotated[str, typer.Option(help="设备，用逗号分隔 / equipment, comma separated")] = "",
    processes: Annotated[str, typer.Option(help="工艺，用逗号分隔 / processes, comma separated")] = "",
    materials: Annotated[str, typer.Option(help="物料，用逗号分隔 / materials, comma separated")] = "",
    at: Annotated[
        str, typer.Option(help="推演日期，默认最新记录次日 / day of the visit, else the day after the newest record")
    ] = "",
    n: Annotated[int, typer.Option("--n", "-n", min=1, max=100, help="条数 / how many points")] = 10,
    lang: Annotated[Lang, typer.Option(help="语言 / language")] = Lang.zh,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON / one JSON list, nothing else")] = False,
) -> None:
    """推演一家企业的隐患点 / Deduce hazard points for one enterprise."""
    if ctx.invoked_subcommand is not None:
        return
    day = _day(at)
    try:
        if lake is not None:
            if not enterprise:
                raise UserError("--lake needs --enterprise", "Give the enterprise's id or name.")
            points = _from_lake(lake, enterprise, day, n)
        else:
            if not industry_code and not equipment:
                raise UserError(
                    "neither a lake nor an industry nor equipment is given",
                    "Use --lake DIR --enterprise ID, or --industry 3311 --equipment 压力机,砂轮机.",
                )
            context = _new_enterprise(industry_code, _words(equipment), _words(processes), _words(materials))
            points = _from_packs(context, day, n)
    except PackError as error:
        raise UserError(str(error), "Run `yufang pack check` and correct the pack.") from error
    except LakeError as error:
        raise UserError(error.message, error.way_out) from error
    if as_json:
        print(json.dumps([asdict(point) for point in points], ensure_ascii=False, default=str))
    else:
        _show(points, lang)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UserError(f"--at {text!r} is not a date", "Write it as 2026-03-31.") from None


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in re.split("[,，、;；]", text) if word.strip())


def _new_enterprise(
    code: str, equipment: tuple[str, ...], processes: tuple[str, ...], materials: tuple[str, ...]
) -> EnterpriseContext:
    """A context of an enterprise nobody has visited. Raises UserError for an unknown industry or equipment."""
    if code:
        try:
            code = industry(code).code
        except UnknownCode as error:
            raise UserError(
                f"--industry {code!r}: {error}", "`yufang standards gbt4754_2017` lists the codes of GB/T 4754-2017."
            ) from error
    return EnterpriseContext(
        enterprise_id="new",
        name="新企业",
        industry_code="" if code.isalpha() else code,
        inventory=tuple(OwnEquipment(name=name) for name in equipment),
        processes=processes,
        materials=materials,
    )


def _from_packs(context: EnterpriseContext, day: date | None, n: int) -> tuple[HazardPoint, ...]:
    graph = RiskGraph.build(installed_packs())
    at = day or date.today()
    deducer = Deducer(fit(None, None, graph, at=at), graph)
    _tell_unknown(unknown_equipment(deducer, context), len(context.inventory))
    points = deducer.points(context, at=at, n=n)
    if not points:
        packs = "、".join(f"{pack.name.zh} ({', '.join(pack.industries)})" for pack in installed_packs())
        raise UserError(
            f"no installed pack covers industry {context.industry_code}",
            f"Give --equipment, or an industry of: {packs}.",
        )
    return points


def _tell_unknown(unknown: Mapping[str, tuple[str, ...]], listed: int) -> None:
    """Equipment of no pack: an error where there is no other, else a note beside what is deduced from the rest."""
    if not unknown:
        return
    name, near = next(iter(unknown.items()))
    if len(unknown) == listed:
        raise UserError(
            f"--equipment {name!r} is in no installed pack",
            f"Nearest: {'、'.join(near)}. `yufang pack show KEY` lists a pack's equipment.",
        )
    for name, near in unknown.items():
        Console(stderr=True).print(
            f"{name}：行业知识包未收录，其余照常推演 / not known to any pack; nearest: {'、'.join(near)}"
        )


@app.command("sheet")
def sheet_(
    out: Annotated[Path, typer.Option(help="写到哪里 / where to write it")] = PAGE,
    check: Annotated[bool, typer.Option("--check", help="只核对是否过时 / only say whether it is current")] = False,
) -> None:
    """各行业示例企业的隐患点 / Write the page of points for a made enterprise of every pack."""
    try:
        packs = installed_packs()
    except PackError as error:
        raise UserError(str(error), "Run `yufang pack check` and correct the pack.") from error
    if check:
        if not out.is_file():
            raise UserError(f"{out} is missing", "Write it: yufang deduce sheet")
        if outdated := stale(out.read_text(encoding="utf-8"), packs):
            raise UserError(f"{out} is not current: {', '.join(outdated)}", "Write it anew: yufang deduce sheet")
        print(f"{out} is current")
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(sheet(packs, date.today()), encoding="utf-8")
    print(f"{out}: {len(packs)} packs")


def _from_lake(folder: Path, wanted: str, day: date | None, n: int) -> tuple[HazardPoint, ...]:
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder", "Give the folder that `yufang import` or `yufang run` wrote.")
    lake = Lake(folder)
    enterprises, owned = lake.table("enterprises"), lake.table("equipment")
    cases, hazards = lake.table("injury_cases"), lake.table("hazard_records")
    context = _find(enterprises, owned, wanted)
    newest = [d for d in (cases["occurred_on"].max(), hazards["found_on"].max()) if isinstance(d, date)]
    at = day or (max(newest) + timedelta(days=1) if newest else date.today())
    graph = RiskGraph.build(installed_packs(), cases, hazards, at=at)
    contexts = {row["enterprise_id"]: _context(row, owned) for row in enterprises.iter_rows(named=True)}
    model = fit(hazards, cases, graph, at=at, contexts=contexts)
    return deduce(model, graph, context, at=at, n=n)


def _find(enterprises: pl.DataFrame, owned: pl.DataFrame, wanted: str) -> EnterpriseContext:
    """The enterprise with this id or name; a part of a name will do where only one fits."""
    exact = enterprises.filter((pl.col("enterprise_id") == wanted) | (pl.col("name") == wanted))
    if exact.is_empty():
        exact = enterprises.filter(pl.col("name").str.contains(wanted, literal=True))
    if exact.height == 1:
        return _context(exact.row(0, named=True), owned)
    names = enterprises["name"].drop_nulls().unique(maintain_order=True).to_list()
    if exact.height > 1:
        some = "、".join(f"{r['name']} ({r['enterprise_id']})" for r in exact.head(5).iter_rows(named=True))
        raise UserError(f"{exact.height} enterprises are called {wanted!r}", f"Give one id: {some}.")
    near = get_close_matches(wanted, names, n=3, cutoff=0.3)
    told = f"Nearest names: {'、'.join(near)}." if near else f"The lake holds {len(names)} enterprises."
    raise UserError(f"no enterprise has the id or name {wanted!r}", told)


def _context(row: dict[str, object], owned: pl.DataFrame) -> EnterpriseContext:
    mine = owned.filter(pl.col("enterprise_id") == row["enterprise_id"])
    own = [
        OwnEquipment(name=name or kind, kind=kind or "", model=model or "", count=count)
        for name, kind, model, count in mine.select("name", "kind", "model", "count").iter_rows()
        if name or kind
    ]
    employees = row["employees"]
    return EnterpriseContext(
        enterprise_id=str(row["enterprise_id"]),
        name=str(row["name"] or ""),
        industry_code=str(row["industry_code"] or ""),
        region=str(row["region"] or ""),
        employees=employees if isinstance(employees, int) else None,
        inventory=tuple(own),
        processes=tuple(row["processes"] or ()),  # type: ignore[arg-type]
        materials=tuple(row["materials"] or ()),  # type: ignore[arg-type]
    )


_HEADS = {
    Lang.zh: ("#", "隐患点", "设备·部位", "概率", "LEC", "首选措施", "依据"),
    Lang.en: ("#", "Hazard point", "Equipment · part", "Probability", "LEC", "First measure", "Rule"),
}
_COLOURS = {"red": "bold red", "orange": "dark_orange", "yellow": "yellow", "blue": "blue"}


def _show(points: tuple[HazardPoint, ...], lang: Lang) -> None:
    table = Table(show_lines=True)
    for head in _HEADS[lang]:
        table.add_column(head, overflow="fold")
    for point in points:
        zh = lang is Lang.zh
        title, told = (point.title_zh, point.circumstance_zh) if zh else (point.title_en, point.circumstance_en)
        own = (point.own_zh or point.equipment) if zh else (point.own_en or point.equipment_en)
        part = point.part if zh else point.part_en
        first = point.measures[0] if point.measures else None
        measure = (first.text_zh if zh else first.text_en) if first else ""
        style = _COLOURS[point.lec.colour]
        table.add_row(
            str(point.rank),
            f"[bold]{title}[/bold]\n{told}",
            " · ".join(word for word in (own, part) if word),
            f"{point.probability:.0%}",
            f"[{style}]{point.lec.score:g} {point.lec.colour}[/{style}]",
            measure,
            point.clause,
        )
    Console().print(table)
