"""The `yufang` command: one sub-command a room, each loaded only when it is called."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from yufang.commands.errors import UserError, report

# name → (module, help): a command's module is imported only when it runs, so `yufang --help` stays instant.
COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("yufang.commands.run", "Import, code, graph, deduce, profile and warn on a folder of records."),
    "import": ("yufang.commands.lake", "Take a file of records into the lake."),
    "lake": ("yufang.commands.health", "Health of the data, cleaning rules, personal data masked and given back."),
    "cases": ("yufang.commands.cases", "Train coders, code tables, find suspect codes, start without codes."),
    "graph": ("yufang.commands.graph", "Explore the risk graph: paths, links, cuts, export, import."),
    "deduce": ("yufang.commands.deduction", "Deduce hazard points for one enterprise."),
    "profile": ("yufang.commands.profiles", "Risk profiles anew, exposure against limits, the region's groups."),
    "sensing": ("yufang.commands.sensing", "Replay and keep readings, learn forecasts."),
    "bench": ("yufang.commands.bench", "Measure a part beside its peers."),
    "rates": ("yufang.commands.rates", "Check a table of insurance rates, simulate the pool."),
    "standards": ("yufang.commands.standards", "List and show code lists and legal tables."),
    "pack": ("yufang.commands.packs", "List, show and check industry packs."),
    "ledger": ("yufang.commands.ledger", "Verify the ledger, show proofs."),
    "demo": ("yufang.commands.demo", "Make the fictional demo region and serve it."),
    "edge": ("yufang.commands.edge", "Run an edge node at a site; enrol it, sign bundles for it."),
    "privacy": ("yufang.commands.privacy", "Turn keys of encrypted fields, let go what is over its time."),
    "serve": ("yufang.commands.server", "Serve the platform."),
    "work": ("yufang.commands.work", "Work on background jobs beside web servers of their own."),
    "doctor": ("yufang.commands.doctor", "Look after a deployment: what is wrong, and the way out."),
    "backup": ("yufang.commands.backup", "Backups, restore to a moment, restore drill."),
}


class LazyGroup(TyperGroup):
    """A command group that imports a sub-command's module on first use."""

    # Typer's own command types are private to it, hence Any.
    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module, help_text = COMMANDS[cmd_name]
        if ctx.resilient_parsing or "--help" in sys.argv[1:2]:
            listed = typer.Typer(add_completion=False)
            listed.command(cmd_name, help=help_text)(lambda: None)
            return typer.main.get_command(listed)
        command = typer.main.get_command(importlib.import_module(module).app)
        command.name = cmd_name
        return command


app = typer.Typer(cls=LazyGroup, no_args_is_help=True, add_completion=False)


@app.callback()
def yufang() -> None:
    """yufang 预防: explained, tiered warnings before people are hurt."""


def main() -> None:
    """Entry point: a `UserError` becomes one clear message and exit code 2, never a traceback."""
    try:
        app()
    except UserError as error:
        report(error)
        sys.exit(2)


if __name__ == "__main__":
    main()
