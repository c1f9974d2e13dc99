"""`yufang edge`: a node at a site that reads, judges, switches and keeps, with or without a network."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from yufang.commands.errors import UserError

app = typer.Typer(no_args_is_help=True, help="Run an edge node; enrol it; sign bundles for it.")

ConfigFile = Annotated[Path, typer.Argument(help="The node's configuration, a YAML file (docs/edge.md).")]


@contextmanager
def _refusals() -> Iterator[None]:
    """What the node refuses, as a message to a person; a missing part names its extra."""
    try:
        from yufang.edge.errors import EdgeError
    except ModuleNotFoundError as error:  # pragma: no cover - numpy or cryptography are missing
        raise _missing(error) from error
    try:
        yield
    except EdgeError as error:
        raise UserError(error.en, error.zh) from error
    except ModuleNotFoundError as error:
        raise _missing(error) from error


def _missing(error: ModuleNotFoundError) -> UserError:
    return UserError(f"the part {error.name} is not installed", "pip install 'yufang[edge]'")


@app.command()
def run(config: ConfigFile) -> None:
    """Run the node until Ctrl-C or SIGTERM."""
    with _refusals():
        from yufang.edge.config import load_config
        from yufang.edge.runner import Runner

        asyncio.run(_run(Runner, load_config(config)))


async def _run(kind: Any, config: Any) -> None:
    runner = kind(config)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, runner.stop.set)

    def ready(port: int) -> None:
        typer.echo(f"yufang edge {config.name}: http://{config.health.host}:{port}/  Ctrl-C ends it.")

    await runner.run(ready)


@app.command()
def check(config: ConfigFile) -> None:
    """Read the configuration, build every rule and connector, and say what is wrong; starts nothing."""
    with _refusals():
        from yufang.edge import connectors, outputs
        from yufang.edge.config import channels_of, load_config
        from yufang.edge.connectors import SettingsError
        from yufang.edge.rules import check_rules

        found = load_config(config)
        channels = channels_of(found, datetime.now(UTC).date())
        check_rules(found.rules, channels)
        try:
            for one in found.connectors:
                connectors.build(one.kind, one.name, one.settings, lambda trouble: None)
            for other in found.outputs:
                outputs.build(other.kind, other.name, other.settings, lambda trouble: None)
        except SettingsError as error:
            raise UserError(error.en, error.zh) from error
        limits = sum(len(channel.limits) for channel in channels)
        typer.echo(
            f"{found.name}: {len(channels)} channels with {limits} limits, {len(found.connectors)} connectors, "
            f"{len(found.rules)} rules, {len(found.outputs)} outputs"
        )


@app.command()
def enrol(
    config: ConfigFile,
    token: Annotated[str, typer.Option(help="The one-time token that the platform gave for this node.")],
) -> None:
    """Make the node's key and register it at the platform that the configuration names."""
    with _refusals():
        from yufang.edge.config import load_config
        from yufang.edge.enrolment import enrol as register

        found = load_config(config)
        if found.platform is None:
            raise UserError(f"{config} names no platform", "add `platform: {url: https://…}` to it")
        told = asyncio.run(register(found.home, found.platform.url, token.strip(), ca=found.platform.ca))
        typer.echo(f"enrolled as node {told['node_id']} “{told['name']}”; {len(told['signers'])} signers are trusted")


@app.command()
def status(
    config: ConfigFile,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """How the node stands: from its page while it runs, else from its outbox. Exit code 1: see to it."""
    with _refusals():
        from yufang.edge.config import load_config
        from yufang.edge.health import warnings_of

        found = load_config(config)
        state = _ask(found.health.host, found.health.port)
        if state is None:
            typer.echo(json.dumps(_at_rest(found.home / "outbox.db")) if as_json else _rest_line(found))
            raise typer.Exit(1)
        if as_json:
            typer.echo(json.dumps(state, ensure_ascii=False, indent=2))
        else:
            waiting = state["outbox"]["waiting"]
            typer.echo(
                f"{state['name']}: {state['readings']} readings, {state['events']} events ({state['open']} open), "
                f"waiting {waiting['events']} + {waiting['readings']} batches, {state['memory_mb']} MB"
            )
            for zh, en in warnings_of(state):
                typer.echo(f"  ! {en}\n    {zh}")
        raise typer.Exit(1 if warnings_of(state) else 0)


def _ask(host: str, port: int) -> dict[str, Any] | None:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/health.json", timeout=5) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except (urllib.error.URLError, OSError, ValueError):
        return None


def _at_rest(path: Path) -> dict[str, Any]:
    """What waits in an outbox whose node doesn't run."""
    if not path.exists():
        return {"running": False, "waiting": {}}
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)
    try:
        rows = database.execute("SELECT lane, count(*) FROM batch WHERE acked = 0 GROUP BY lane").fetchall()
    finally:
        database.close()
    return {"running": False, "waiting": dict(rows)}


def _rest_line(config: Any) -> str:
    waiting = _at_rest(config.home / "outbox.db")["waiting"]
    return (
        f"{config.name} does not run (no page at {config.health.host}:{config.health.port}); waiting: "
        f"{waiting.get('events', 0)} batches of events, {waiting.get('readings', 0)} of readings"
    )


@app.command()
def key(path: Annotated[Path, typer.Argument(help="Where the new private key goes; keep it off the nodes.")]) -> None:
    """Make a key that signs bundles and print its public part, which nodes are told to trust."""
    with _refusals():
        from yufang.edge.identity import new_key, public_text

        typer.echo(public_text(new_key(path)))


@app.command()
def sign(
    folder: Annotated[Path, typer.Argument(help="The files: rules.yaml, or those of a model.")],
    key_file: Annotated[Path, typer.Option("--key", help="Private key made by `yufang edge key`.")],
    name: Annotated[str, typer.Option(help="Name of the bundle.")],
    version: Annotated[int, typer.Option(min=1, help="Above that of the bundle at work.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write.")],
    kind: Annotated[str, typer.Option(help="rules or model.")] = "rules",
) -> None:
    """Sign a folder as a bundle of rules or of a model."""
    with _refusals():
        from yufang.edge.bundles import KINDS, make_bundle
        from yufang.edge.identity import load_key

        if not folder.is_dir():
            raise UserError(f"{folder} is no folder", "give the folder that holds rules.yaml")
        chosen = next((one for one in KINDS if one == kind), None)
        if chosen is None:
            raise UserError(f"--kind {kind!r} is neither rules nor model", "say --kind rules or --kind model")
        made = make_bundle(
            folder, load_key(key_file), kind=chosen, name=name, version=version, made_at=datetime.now(UTC)
        )
        out.write_bytes(made)
        typer.echo(f"{out}: {kind} {name} {version}, {len(made)} bytes")


@app.command()
def install(
    config: ConfigFile,
    bundle: Annotated[Path, typer.Argument(help="A signed bundle, brought by hand.")],
) -> None:
    """Put a signed bundle to work at a node without a network; the node must not be running."""
    with _refusals():
        from yufang.edge.bundles import BundleStore
        from yufang.edge.config import channels_of, load_config
        from yufang.edge.rules import check_rules
        from yufang.edge.runner import read_enrolment

        found = load_config(config)
        if _ask(found.health.host, found.health.port) is not None:
            raise UserError(f"{found.name} is running", "stop it, install the bundle, start it again")
        store = BundleStore(found.home, [*found.signers, *(read_enrolment(found) or {}).get("signers", [])])
        data = bundle.read_bytes()
        checked = store.check(data)
        if checked.kind == "rules":
            rules = [store.resolved(rule) for rule in checked.rules()]
            check_rules(rules, channels_of(found, datetime.now(UTC).date()))
        store.install(data)
        typer.echo(f"{checked.kind} {checked.name} {checked.version} is at work from the next start")
