"""`yufang demo plants`: five made-up plants behind real MQTT, OPC UA and Modbus servers."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
import yaml
from rich.console import Console

from yufang.commands.errors import UserError

if TYPE_CHECKING:
    from yufang.demo.plants import Plants

app = typer.Typer()


@app.command()
def plants(
    leak_after: Annotated[float, typer.Option(help="Seconds until the tank farm leaks; below 0 for never.")] = 120.0,
    speed: Annotated[float, typer.Option(help="Simulated seconds in one real second.", min=0.1, max=600)] = 1.0,
    host: Annotated[str, typer.Option(help="Address to listen on; anybody who reaches it may read.")] = "127.0.0.1",
    ports_from: Annotated[int, typer.Option(help="First of four ports.", min=1024, max=65_000)] = 18_830,
    seed: Annotated[int, typer.Option(help="Same seed, same plants.")] = 7,
    edge_file: Annotated[Path | None, typer.Option(help="Write an edge node's configuration for them here.")] = None,
    seconds: Annotated[float | None, typer.Option(help="Stop after so many seconds.", min=0)] = None,
) -> None:
    """Start the simulated plants and print where they are. Everything they say is made up."""
    from yufang.demo.plants import Plants, PlantsError, edge_config

    made = Plants(
        host=host, ports_from=ports_from, seed=seed, speed=speed, leak_after=leak_after if leak_after >= 0 else None
    )
    if edge_file is not None:
        try:
            edge_file.write_text(yaml.safe_dump(edge_config(made), allow_unicode=True, sort_keys=False), "utf-8")
        except OSError as error:
            raise UserError(f"{edge_file} can't be written ({error.strerror})", "Give another --edge-file.") from error
    try:
        asyncio.run(_run(made, Console(), edge_file, seconds))
    except PlantsError as error:
        raise UserError(str(error), error.way_out) from error


async def _run(made: Plants, console: Console, edge_file: Path | None, seconds: float | None) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # no signals of this kind on Windows
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await made.start()
    try:
        console.print(_addresses(made), soft_wrap=True, highlight=False)
        if made.leak_after is not None:
            console.print(
                f"罐区 {made.leak_after:g} 秒（模拟时间）后泄漏 / the tank farm leaks after {made.leak_after:g} s"
            )
        if edge_file is not None:
            console.print(f"边缘节点配置 / edge configuration: {edge_file}", soft_wrap=True, highlight=False)
        if seconds is not None:
            asyncio.get_running_loop().call_later(seconds, stop.set)
        await made.run(stop)
    finally:
        await made.stop()


def _addresses(made: Plants) -> str:
    """One line of name and one of address for each plant: whole lines, to be copied."""
    lines = ["模拟工厂（全部虚构）/ simulated plants (all made up)"]
    for plant in made.plants:
        lines += [f"{plant.zh} {plant.en}: {len(plant.tags)} 测点 tags", f"    {made.address(plant)}"]
    return "\n".join(lines)
