"""`yufang demo`: make the fictional region, run the main job on it, load it and serve."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from yufang import __version__
from yufang.commands import plants
from yufang.commands.errors import UserError
from yufang.commands.options import parse_day, writable

app = typer.Typer(add_completion=False)
app.add_typer(plants.app)
DONE = "demo.json"


@app.callback(invoke_without_command=True)
def main(
    ctx: typer.Context,
    port: Annotated[int, typer.Option(help="Port to serve on.", min=1, max=65535)] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    serve: Annotated[bool, typer.Option(help="--no-serve ends after the summary.")] = True,
    seed: Annotated[int, typer.Option(help="Same seed and day, same region.")] = 7,
    enterprises: Annotated[int, typer.Option(help="How many enterprises.", min=8)] = 300,
    today: Annotated[str | None, typer.Option(help="Day the region stands on (YYYY-MM-DD).")] = None,
    home: Annotated[Path, typer.Option(help="Where the region and its results are kept.")] = Path(".yufang"),
) -> None:
    """Make the demo region once, then serve it; later starts take it as it stands."""
    if ctx.invoked_subcommand is not None:
        return
    folder = (home / "demo").resolve()
    console = Console()
    writable(folder)
    wanted = {"seed": seed, "enterprises": enterprises, "today": today, "made_by": _fingerprint()}
    done = _read(folder / DONE)
    if done is None or any(done.get(k) != v for k, v in wanted.items() if v is not None):
        done = wanted | _make(folder, seed, enterprises, parse_day(today) or date.today(), console)
        (folder / DONE).write_text(json.dumps(done, ensure_ascii=False), "utf-8")
    console.print(_figures(done["check"]))
    console.print(f"report  {folder / 'report.html'}", soft_wrap=True, highlight=False)
    from yufang.commands.server import serve_demo

    serve_demo(folder, host=host, port=port, serve=serve, home=home.resolve(), duty=True)


def _make(folder: Path, seed: int, enterprises: int, at: date, console: Console) -> dict[str, object]:
    """Write the records, run the main job, hold the results against the truth."""
    # Only here: the analysis takes seconds to import, and later starts don't need it.
    from yufang.commands.progress import stage_bars
    from yufang.commands.run import do_run, summary_table
    from yufang.demo import check, write_region
    from yufang.demo.registers import link_registers
    from yufang.run import write_report

    for old in ("records", "truth", "lake", "results", "graph", "models"):
        shutil.rmtree(folder / old, ignore_errors=True)
    made = write_region(folder, seed=seed, today=at, enterprises=enterprises)
    console.print(
        f"演示数据（全部虚构） synthetic region: {made.enterprises:,} enterprises, {made.equipment:,} pieces of "
        f"equipment, {made.cases:,} injury cases, {made.findings:,} findings"
    )
    region = json.loads((folder / "region.json").read_text("utf-8"))
    with stage_bars(console) as tell:
        outcome = do_run(folder / "records", folder, at=at, seed=seed, region=region, tell=tell)
    write_report(outcome)
    link_registers(folder, seed=seed, at=at)
    console.print(summary_table(outcome))
    return {"at": at.isoformat(), "check": check(folder, outcome.results, at=at)}


def _fingerprint() -> str:
    """What the region is made from: another version or other packs make another region."""
    total = hashlib.sha256(__version__.encode())
    root = Path(str(resources.files("yufang")))
    for folder in (root / "demo", root / "packs" / "data"):
        for file in sorted(f for f in folder.rglob("*") if f.suffix in {".py", ".yaml"}):
            total.update(file.read_bytes())
    return total.hexdigest()[:16]


def _read(path: Path) -> dict[str, object] | None:
    """The record of a finished region; None where there is none or it was cut off."""
    try:
        done: dict[str, object] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        return None
    except OSError as error:
        raise UserError(f"{path} can't be read ({error.strerror})", "Give another folder with --home.") from error
    return done


def _figures(check: object) -> Table:
    """What the platform said, held against the region's hidden truth."""
    words = {
        "auto_share": "无需人工即定码的案例 / cases coded without a person",
        "auto_accuracy": "其中编码正确 / of them right",
        "suggestion_accuracy": "首选建议正确 / first suggestions right",
        "present_at_1": "首位隐患点真实存在 / first hazard points truly present",
        "present_at_3": "前三位真实存在 / first three truly present",
        "present_at_10": "前十位真实存在 / first ten truly present",
        "present_by_chance": "同等条件随机挑选 / picked blindly",
        "mean_probability": "平均预测概率 / mean probability foretold",
        "risk_rank_correlation": "风险与真实水平的秩相关 / rank correlation of risk and truth",
    }
    table = Table(title="对照虚构区域的真相 / held against the region's hidden truth", show_header=False)
    for name, value in (check if isinstance(check, dict) else {}).items():
        table.add_row(words.get(name, name), f"{value:.1%}" if name != "risk_rank_correlation" else f"{value:.2f}")
    return table
