"""Run the benches on a folder of data sets, print a Markdown table each: python benchmarks/spine.py DATA [NAME…]."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

CODING = {
    "body_part": "msha_narratives",
    "article": "taiwan_citations",
    "accident_type": "osha_construction",
    "event": "osha_severe_injuries",
    "nature": "osha_severe_injuries",
    "source": "osha_severe_injuries",
    "cause": "japan_gas_incidents",
    "result": "japan_gas_incidents",
    "gas": "japan_gas_incidents",
}
OTHERS = {"deduction": "taiwan_citations", "profiles": "mine_quarters"}


def bench(*words: str) -> dict[str, Any]:
    """One bench in a process of its own, so that none profits from what another left warm."""
    command = [sys.executable, "-m", "yufang.cli", "bench", *words, "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in values.items():
        out |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return out


def table(title: str, result: dict[str, Any]) -> str:
    peers = {name: flat(values) for name, values in result.pop("peers", {}).items()}
    ours = flat(result)
    lines = [f"### {title}", "", "| metric | yufang | " + " | ".join(peers) + " |", "|---" * (len(peers) + 2) + "|"]
    for metric, value in ours.items():
        cells = [value, *(p.get(metric) for p in peers.values())]
        lines.append(f"| `{metric}` | " + " | ".join(figure(c) for c in cells) + " |")
    return "\n".join(lines) + "\n"


def figure(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return f"{value:.4f}" if isinstance(value, float) and abs(value) < 100 else f"{value:,.0f}"


def main(data: Path, wanted: set[str]) -> None:
    for task, folder in CODING.items():
        if not wanted or "coding" in wanted or task in wanted:
            print(table(f"coding · {task}", bench("coding", "--task", task, "--train", str(data / folder))), flush=True)
    for name, folder in OTHERS.items():
        if not wanted or name in wanted:
            print(table(name, bench(name, "--train", str(data / folder))), flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), set(sys.argv[2:]))
