"""Progress of the main job on a terminal, and as plain lines where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from yufang.run.pipeline import Tell

TITLES = {
    "import": "导入 import",
    "code": "编码 code",
    "graph": "图谱 graph",
    "learn": "学习 learn",
    "deduce": "推演 deduce",
    "profile": "画像 profile",
    "warn": "预警 warn",
    "load": "入库 load",
}


@contextmanager
def stage_bars(console: Console) -> Iterator[Tell]:
    """A bar a stage. A stage is told as `stage` or `stage:step`."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks = {}

        def tell(stage: str, done: int, total: int) -> None:
            name, _, step = stage.partition(":")
            title = f"{TITLES.get(name, name):<14} {step}".rstrip()
            if name not in tasks:
                tasks[name] = bars.add_task(title, total=total)
                if not console.is_terminal:
                    console.print(f"  {TITLES.get(name, name)} …")
            bars.update(tasks[name], description=title, completed=done, total=max(total, 1))

        yield tell
