"""`yufang standards`: list the code lists, show one or an entry of it, find words in all."""

from __future__ import annotations

import json
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from yufang import standards
from yufang.commands.errors import UserError
from yufang.standards import CONFIDENCE_LABELS, CodeList, CodeListInfo, Entry

app = typer.Typer(no_args_is_help=True, help="List and show code lists and legal tables.")


class Lang(StrEnum):
    zh = "zh"
    en = "en"


LangOption = Annotated[Lang, typer.Option("--lang", help="Language of names and headings.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, in both languages.")]

_HEADINGS = {
    "key": ("代码表", "List"),
    "title": ("名称", "Title"),
    "standard": ("依据", "Source"),
    "force": ("施行", "In force"),
    "code": ("代码", "Code"),
    "name": ("名称", "Name"),
    "definition": ("释义", "Meaning"),
    "trust": ("可信度", "Confidence"),
}

# The lists' own columns, as a person reads them; a column not named here is shown by its key.
_COLUMNS = {
    "action_zh": ("措施", "Action"),
    "action_en": ("措施", "Action"),
    "alarm": ("报警 %", "Alarm %"),
    "approver_zh": ("批准", "Approved by"),
    "approver_en": ("批准", "Approved by"),
    "base": ("基数", "Of"),
    "base_rate_pct": ("基准费率 %", "Base rate %"),
    "basis": ("依据", "Basis"),
    "candidates_2025": ("2025版候选", "Candidates of 2025"),
    "cas": ("CAS", "CAS"),
    "certificate": ("作业证", "Certificate"),
    "code_2025": ("2025版代码", "Code of 2025"),
    "counts": ("计入", "Counts"),
    "cycle_zh": ("检验周期", "Inspection"),
    "cycle_en": ("检验周期", "Inspection"),
    "cycle_months": ("周期（月）", "Cycle, months"),
    "deaths_min": ("死亡 ≥", "Deaths ≥"),
    "direction": ("方向", "Direction"),
    "division_2011": ("2011版大类", "Division of 2011"),
    "factors": ("要件", "Must be shown"),
    "from_c": ("气温 ≥ ℃", "From °C"),
    "grades_pct": ("浮动档次 %", "Grades %"),
    "hours_max": ("至多（小时）", "Hours at most"),
    "initial_hours": ("初次学时", "Hours before work"),
    "items": ("条数", "Items"),
    "kind": ("性质", "Kind"),
    "level": ("级", "Level"),
    "loss_wan_min": ("损失 ≥ 万元", "Loss ≥ 10,000 yuan"),
    "lump_sum_months": ("一次性补助（月）", "Lump sum, months"),
    "mac": ("MAC", "MAC"),
    "map_note_zh": ("对应说明", "Note on the map"),
    "map_note_en": ("对应说明", "Note on the map"),
    "molar_mass": ("摩尔质量", "Molar mass"),
    "monthly_payer": ("支付方", "Paid by"),
    "monthly_pct": ("伤残津贴 %", "Allowance %"),
    "note_zh": ("说明", "Note"),
    "note_en": ("说明", "Note"),
    "op": ("关系", "Relation"),
    "permit_hours": ("票证有效（小时）", "Permit, hours"),
    "power_off": ("断电 %", "Power off %"),
    "quantity": ("量", "Quantity"),
    "replaces": ("代替", "Replaces"),
    "restore_below": ("复电 < %", "Restore < %"),
    "result": ("结论", "Result"),
    "review_years": ("复审（年）", "Review, years"),
    "risk_class": ("类别", "Class"),
    "scope_zh": ("断电范围", "What is switched off"),
    "scope_en": ("断电范围", "What is switched off"),
    "serious_injuries_min": ("重伤 ≥", "Serious injuries ≥"),
    "situation": ("情形", "Situation"),
    "starts_zh": ("起算", "Counted from"),
    "starts_en": ("起算", "Counted from"),
    "status": ("状态", "Status"),
    "stel": ("PC-STEL", "PC-STEL"),
    "stop": ("停止", "Stop"),
    "termination_grants": ("解除时补助", "Grants at the end"),
    "twa": ("PC-TWA", "PC-TWA"),
    "twa_respirable": ("呼尘PC-TWA", "Respirable PC-TWA"),
    "unit": ("单位", "Unit"),
    "upper": ("上限", "Upper"),
    "valid_years": ("有效（年）", "Valid, years"),
    "value": ("值", "Value"),
    "vol_pct": ("% vol", "% vol"),
    "work": ("作业", "Work"),
    "yearly_hours": ("每年学时", "Hours a year"),
}


def _column(lang: Lang, name: str) -> str:
    return _say(lang, _COLUMNS.get(name, (name, name)))


def _say(lang: Lang, pair: tuple[str, str]) -> str:
    return pair[0] if lang is Lang.zh else pair[1]


def _heading(lang: Lang, key: str) -> str:
    return _say(lang, _HEADINGS[key])


def _force(first: date | None, last: date | None) -> str:
    if first is None and last is None:
        return "–"
    return f"{first or '…'} – {last or ''}".rstrip()


def _trust(lang: Lang, confidence: str) -> Text:
    style = "yellow" if confidence.startswith("memory") else "dim"
    return Text(_say(lang, CONFIDENCE_LABELS[confidence]), style=style)


def _info_json(info: CodeListInfo) -> dict[str, Any]:
    names = (
        "key urn version title_zh title_en standard clause effective_from effective_to licence confidence "
        "predecessor successor note_zh note_en"
    )
    return {name: getattr(info, name) for name in names.split()}


def _entry_json(found: Entry) -> dict[str, Any]:
    names = (
        "list_key code name_zh name_en parent definition_zh definition_en clause effective_from effective_to "
        "confidence aliases"
    )
    return {name: getattr(found, name) for name in names.split()} | {"values": dict(found.values)}


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def _console() -> Console:
    return Console(soft_wrap=False)


@app.command("list")
def list_command(lang: LangOption = Lang.zh, as_json: JsonOption = False) -> None:
    """List every code list and legal table with its source and the days it holds."""
    infos = standards.lists()
    if as_json:
        _print_json([_info_json(info) for info in infos])
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(_heading(lang, "key"), no_wrap=True)
    table.add_column(_heading(lang, "title"), overflow="fold")
    table.add_column(_heading(lang, "standard"), overflow="fold")
    table.add_column(_heading(lang, "force"), no_wrap=True)
    table.add_column(_heading(lang, "trust"), overflow="fold")
    for info in infos:
        table.add_row(
            info.key,
            info.title(lang.value),
            f"{info.standard} {info.clause}".strip(),
            _force(info.effective_from, info.effective_to),
            _trust(lang, info.confidence),
        )
    _console().print(table)


def _value_columns(lang: Lang, entries: tuple[Entry, ...]) -> list[str]:
    """The list's own columns that hold something, without those in the other language."""
    other = "_en" if lang is Lang.zh else "_zh"
    names = dict.fromkeys(name for found in entries for name, value in found.values.items() if value)
    return [name for name in names if not name.endswith(other)]


def _clause(found: Entry) -> str:
    return found.clause


def _days(found: Entry) -> str:
    return _force(found.effective_from, found.effective_to)


def _list_table(lang: Lang, whole: CodeList) -> Table:
    """A list as a table: codes indented by depth, definitions where there are any, and the list's own columns."""
    entries = whole.entries
    defined = any(found.definition(lang.value) for found in entries)
    columns = _value_columns(lang, entries)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(_heading(lang, "code"), no_wrap=True)
    table.add_column(_heading(lang, "name"), overflow="fold")
    if defined:
        table.add_column(_heading(lang, "definition"), overflow="fold")
    for name in columns:
        table.add_column(_column(lang, name), overflow="fold")
    # Source and days stand above the table; they come into it only where entries differ in them.
    clauses, days = ({key(found) for found in entries} for key in (_clause, _days))
    if len(clauses) > 1:
        table.add_column(_heading(lang, "standard"), overflow="fold")
    if len(days) > 1:
        table.add_column(_heading(lang, "force"), no_wrap=True)
    table.add_column(_heading(lang, "trust"), overflow="fold")
    for found in entries:
        row = ["  " * len(whole.ancestors(found.code)) + found.code, found.name(lang.value)]
        row += [found.definition(lang.value)] if defined else []
        row += [found.values[name] for name in columns]
        row += [_clause(found)] if len(clauses) > 1 else []
        row += [_days(found)] if len(days) > 1 else []
        table.add_row(*row, _trust(lang, found.confidence))
    return table


def _hits_table(lang: Lang, entries: tuple[Entry, ...]) -> Table:
    """Entries of several lists, with the definition or else the list's own columns."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(_heading(lang, "key"), no_wrap=True, style="dim")
    table.add_column(_heading(lang, "code"), no_wrap=True)
    for heading in ("name", "definition", "trust"):
        table.add_column(_heading(lang, heading), overflow="fold")
    for found in entries:
        told = "; ".join(f"{_column(lang, name)} {found.values[name]}" for name in _value_columns(lang, (found,)))
        gist = found.definition(lang.value) or told
        trust = _trust(lang, found.confidence)
        table.add_row(found.list_key, found.code, found.name(lang.value), gist, trust)
    return table


def _show_entry(lang: Lang, found: Entry) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    above = reversed(standards.code_list(found.list_key).ancestors(found.code))
    path = " › ".join(f"{step.code} {step.name(lang.value)}" for step in (*above, found))
    pairs: list[tuple[str, str | Text]] = [
        (_heading(lang, "code"), path),
        ("中文" if lang is Lang.zh else "Chinese", found.name_zh),
        ("英文" if lang is Lang.zh else "English", found.name_en),
        (_heading(lang, "definition"), found.definition(lang.value)),
        (_heading(lang, "standard"), found.clause),
        (_heading(lang, "force"), _force(found.effective_from, found.effective_to)),
        (_heading(lang, "trust"), _trust(lang, found.confidence)),
    ]
    pairs += [(_column(lang, name), found.values[name]) for name in _value_columns(lang, (found,))]
    for label, value in pairs:
        if value:
            table.add_row(label, value)
    _console().print(table)


@app.command()
def show(
    list_key: Annotated[str, typer.Argument(metavar="LIST", help="Key of the list, see `yufang standards list`.")],
    code: Annotated[str | None, typer.Argument(help="A code of the list; without it the whole list.")] = None,
    at: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only what holds on that day.")] = None,
    lang: LangOption = Lang.zh,
    as_json: JsonOption = False,
) -> None:
    """Show a list, or one entry of it."""
    day = at.date() if at else None
    try:
        if code is not None:
            found = standards.entry(list_key, code, day)
            if as_json:
                _print_json(_entry_json(found))
            else:
                _show_entry(lang, found)
            return
        whole = standards.code_list(list_key, day)
    except standards.UnknownList as error:
        raise UserError(str(error), "yufang standards list shows every key") from None
    except standards.UnknownCode as error:
        raise UserError(str(error), f"yufang standards show {list_key} shows every code") from None
    except standards.NotInForce as error:
        way_out = f"yufang standards show {error.instead}" if error.instead else "leave --at out, or give another day"
        raise UserError(str(error), way_out) from None
    if as_json:
        _print_json({**_info_json(whole.info), "entries": [_entry_json(found) for found in whole]})
        return
    console = _console()
    info = whole.info
    console.print(Text(f"{info.title(lang.value)}  {info.standard} {info.clause}".rstrip(), style="bold"))
    force = _force(info.effective_from, info.effective_to)
    console.print(Text(f"{info.urn}  v{info.version}  {force}  {info.licence}", style="dim"))
    if info.note(lang.value):
        console.print(Text(info.note(lang.value), style="yellow"))
    console.print(_list_table(lang, whole))


@app.command()
def find(
    words: Annotated[list[str], typer.Argument(help="Words in Chinese or English; all must occur.")],
    lang: LangOption = Lang.zh,
    as_json: JsonOption = False,
) -> None:
    """Find words in codes, names, aliases and definitions of every list."""
    wanted = " ".join(words)
    found = standards.search(wanted)
    if as_json:
        _print_json([_entry_json(hit) for hit in found])
    elif found:
        _console().print(_hits_table(lang, found))
    if not found:
        raise UserError(f"no entry of any list holds {wanted!r}", "try fewer or shorter words, in either language")
