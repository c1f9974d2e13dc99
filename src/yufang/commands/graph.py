"""`yufang graph`: build the risk graph, look around an incident, follow paths, links, cuts; export and import."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from yufang.commands.errors import UserError
from yufang.commands.lake import chinese
from yufang.commands.options import parse_day, writable
from yufang.graph import GraphError, Knowledge, RiskGraph
from yufang.graph import questions as ask
from yufang.graph.exchange import read_facts, write_facts, write_graphml, write_neo4j, write_turtle
from yufang.lake import Lake, LakeError
from yufang.lake.spreadsheet import PlainWriter
from yufang.packs import PackError, installed_packs

app = typer.Typer(no_args_is_help=True, help="风险图谱：查看、路径、关联、阻断、导出导入 / The risk graph.")

Graph = Annotated[
    Path | None,
    typer.Option(
        "--graph", "-g", envvar="YUFANG_GRAPH", help="图谱目录；不给则用行业包现建 / a folder that `build` wrote"
    ),
]
Limit = Annotated[int, typer.Option(min=1, max=500, help="最多几条 / at most how many")]


class Format(StrEnum):
    """What the graph is written as."""

    graphml = "graphml"
    turtle = "turtle"
    neo4j = "neo4j"
    csv = "csv"


@contextmanager
def _told(way_out: str = "") -> Iterator[None]:
    try:
        yield
    except (GraphError, PackError, LakeError) as error:
        raise UserError(str(error), way_out) from error


def _known(folder: Path | None) -> Knowledge:
    if folder is None:
        with _told():
            return Knowledge.build(RiskGraph.build(installed_packs()))
    try:
        return Knowledge.read(folder)
    except FileNotFoundError as error:
        raise UserError(
            f"{folder} holds no graph ({error.filename or error} is missing)",
            "Write one with `yufang graph build FOLDER`, or leave --graph out to use the installed packs.",
        ) from error


def _name(known: Knowledge, node_id: str) -> str:
    node = known.nodes[node_id]
    return node.label_zh if chinese() else node.label_en or node.label_zh


def _node(known: Knowledge, word: str) -> str:
    """A node by its id, a case's number, or what it is called."""
    for one in (word, f"case:{word}"):
        if one in known.nodes:
            return one
    if word.partition(":")[0] in ("case", "measure", "equipment") and ":" in word:
        known.node(word)
    hits = ask.find(known, word, limit=1)
    if not hits:
        raise GraphError(f"no node is called like {word!r}; `yufang graph explore` shows what there is")
    return hits[0].node


@app.command()
def build(
    out: Annotated[Path, typer.Argument(help="写到哪里 / where the graph goes")],
    lake: Annotated[
        Path | None, typer.Option("--lake", "-l", help="数据湖目录：案例与隐患记录 / cases and findings")
    ] = None,
    at: Annotated[str | None, typer.Option(help="只用此日之前的记录 / only records before this day")] = None,
) -> None:
    """由行业包、通用场所事实和数据湖记录建图 / From packs, facts of premises and the lake's records."""
    day = parse_day(at)
    writable(out)
    with _told():
        packs = installed_packs()
        cases = hazards = None
        if lake is not None:
            if not lake.is_dir():
                raise UserError(f"{lake} is not a folder", "Give the lake that `yufang import` wrote.")
            cases, hazards = Lake(lake).table("injury_cases"), Lake(lake).table("hazard_records")
        risk = RiskGraph.build(packs, cases, hazards, at=day)
        known = Knowledge.build(risk, cases, hazards)
    risk.write(out)
    known.write(out)
    words = (
        (f"节点 {len(known.nodes):,}，事实 {known.facts:,}，链 {len(known.chains):,}，候选 {len(known.candidates):,}")
        if chinese()
        else (
            f"{len(known.nodes):,} nodes, {known.facts:,} facts, {len(known.chains):,} chains, "
            f"{len(known.candidates):,} candidates"
        )
    )
    Console().print(f"{out}: {words}", highlight=False, soft_wrap=True)


@app.command()
def explore(
    text: Annotated[str, typer.Argument(help="事故描述或节点编号 / an incident in words, or a node's id")],
    hops: Annotated[int, typer.Option(min=1, max=4, help="几步 / how far")] = 2,
    factor: Annotated[list[str] | None, typer.Option(help="human machine material method environment")] = None,
    graph: Graph = None,
    limit: Limit = 40,
) -> None:
    """一起事故周围有什么 / What stands around an incident."""
    known = _known(graph)
    with _told():
        node = text if text in known.nodes else ""
        circle = ask.explore(known, text=text, node=node, hops=hops, factors=factor or (), limit=limit)
    table = Table(title_justify="left", title=f"{text} · {len(circle.spots)} / {circle.reached}")
    for column in ("hops", "factor", "kind", "name", "id"):
        table.add_column(column, overflow="fold")
    for spot in circle.spots:
        table.add_row(str(spot.hops), spot.factor, spot.node.kind, _name(known, spot.node.id), spot.node.id)
    Console().print(table)


@app.command()
def paths(
    start: Annotated[str, typer.Argument(help="设备、场所等 / an equipment, place, task")],
    end: Annotated[str, typer.Argument(help="伤害；不给则到任何伤害 / a harm; any where left out")] = "",
    legs: Annotated[int, typer.Option(min=1, max=8, help="最多几步 / at most how many facts")] = 5,
    graph: Graph = None,
    limit: Limit = 20,
) -> None:
    """从设备到伤害的所有路径 / All paths from an equipment to an injury."""
    known = _known(graph)
    with _told():
        ways = ask.paths(known, _node(known, start), _node(known, end) if end else "", legs=legs, limit=limit)
    console = Console(soft_wrap=True, highlight=False)
    if not ways:
        console.print("没有路径" if chinese() else "no path")
    for way in ways:
        told = f"[{way.confidence:.2f} · {way.support} · {way.shown} cases · {way.lost_days:g} d]"
        console.print(" → ".join(_name(known, n) for n in way.nodes), told, markup=False)


@app.command()
def links(
    one: Annotated[str, typer.Argument(help="案例编号或节点 / a case or node")],
    other: Annotated[str, typer.Argument(help="另一个 / the other")],
    graph: Graph = None,
    limit: Limit = 5,
) -> None:
    """两起案例由什么联系 / What links two cases."""
    known = _known(graph)
    with _told():
        bond = ask.links(known, _node(known, one), _node(known, other), limit=limit)
    console = Console(soft_wrap=True, highlight=False)
    if not bond.ways:
        console.print("没有联系" if chinese() else "nothing links them within four facts")
    for way in bond.ways:
        console.print(" – ".join(_name(known, n) for n in way), markup=False)


@app.command()
def cuts(
    measures: Annotated[list[str], typer.Argument(help="措施的节点编号 / ids of measures")],
    graph: Graph = None,
    limit: Limit = 50,
) -> None:
    """措施能阻断哪些链 / What measures would cut."""
    known = _known(graph)
    with _told():
        cut = ask.cuts(known, measures, limit=limit)
    console = Console(soft_wrap=True, highlight=False)
    for chain in cut.chains:
        severity = f" · {chain.severity}" if chain.severity else ""
        told = f"[{chain.origin} · {chain.support} cases · {chain.lost_days:g} d{severity}]"
        console.print(" → ".join(_name(known, n) for n in chain.nodes), told, markup=False)
    words = (
        f"阻断 {len(cut.chains)} 条链：{cut.cases} 起案例、{cut.lost_days:g} 个损失工作日、{cut.deaths} 人死亡；"
        f"同起止另有 {cut.left} 条未阻断（{cut.left_cases} 起案例）"
        if chinese()
        else f"cuts {len(cut.chains)} chains: {cut.cases} cases, {cut.lost_days:g} lost days, {cut.deaths} deaths; "
        f"{cut.left} others between the same ends are left ({cut.left_cases} cases)"
    )
    console.print(words)


@app.command()
def export(
    out: Annotated[Path, typer.Argument(help="文件；neo4j 为目录 / a file; a folder for neo4j")],
    format: Annotated[Format, typer.Option("--format", "-f")] = Format.graphml,
    graph: Graph = None,
) -> None:
    """导出 GraphML、RDF Turtle、Neo4j CSV 或事实表 / Export as GraphML, Turtle, Neo4j CSV or a table of facts."""
    known = _known(graph)
    try:
        if format is Format.neo4j:
            out.mkdir(parents=True, exist_ok=True)
            nodes = (out / "nodes.csv").open("w", encoding="utf-8", newline="")
            edges = (out / "relationships.csv").open("w", encoding="utf-8", newline="")
            with nodes, edges:
                write_neo4j(nodes, edges, known.nodes.values(), known.edges())
        else:
            with out.open("w", encoding="utf-8", newline="") as file:
                if format is Format.csv:
                    write_facts(file, known.nodes, known.edges())
                else:
                    write = write_graphml if format is Format.graphml else write_turtle
                    write(file, known.nodes.values(), known.edges())
    except OSError as error:
        raise UserError(f"{out} can't be written ({error.strerror or error})", "Give another path.") from error
    Console().print(f"{out}: {len(known.nodes):,} / {known.facts:,}", highlight=False, soft_wrap=True)


@app.command("import")
def import_(
    table: Annotated[Path, typer.Argument(help="CSV 事实表 / a table of facts")],
    graph: Annotated[Path, typer.Option("--graph", "-g", envvar="YUFANG_GRAPH", help="图谱目录 / the graph's folder")],
) -> None:
    """取入事实表；不合格的行连同原因另存 / Take facts in; refused rows are kept beside the table with their reasons."""
    known = _known(graph)
    try:
        text = table.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise UserError(f"{table} is missing", "Give the CSV file.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{table} can't be read ({error})", "Save it as CSV in UTF-8.") from error
    with _told():
        taken = read_facts(text, known, table.name)
        known.add(taken.nodes, taken.edges)
    known.write(graph)
    console = Console(soft_wrap=True, highlight=False)
    zh = chinese()
    console.print(f"{'取入' if zh else 'taken'} {len(taken.edges)}, {'拒收' if zh else 'refused'} {len(taken.refused)}")
    if taken.refused:
        kept = table.with_suffix(".refused.csv")
        with kept.open("w", encoding="utf-8-sig", newline="") as file:
            rows = PlainWriter(file)
            rows.writerow(["row", "field", "value", "rule", "规则", "raw"])
            for bad in taken.refused:
                rows.writerow([bad.row, bad.field, bad.value, bad.rule, bad.rule_zh, ",".join(bad.raw)])
        for bad in taken.refused[:20]:
            where = (
                f"第 {bad.row} 行 {bad.field}={bad.value!r}：" if zh else f"row {bad.row} {bad.field}={bad.value!r}: "
            )
            console.print(where + (bad.rule_zh if zh else bad.rule), markup=False)
        console.print(f"→ {kept}")
