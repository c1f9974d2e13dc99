"""The extra `deep` for the tests that need it: outside the lock, as the usual way to PyTorch pulls gigabytes."""

from __future__ import annotations

import fcntl
import importlib
import importlib.util
import subprocess
import sys
from pathlib import Path

WANTED = ("torch==2.13.0", "transformers==5.23.0")


def install() -> None:
    """Installed once beside `.venv`'s own packages; of the processes of a parallel run one does it, the others wait."""
    if all(importlib.util.find_spec(name.partition("==")[0]) for name in WANTED):
        return
    folder = Path(sys.prefix) / "extra-deep/site-packages"  # by which name hypothesis leaves it unread
    folder.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / "installed"
        if not done.exists():
            base = Path(sys.base_prefix) / "bin/python3"
            subprocess.run([base, "-m", "pip", "install", "--quiet", "--target", folder, *WANTED], check=True)
            done.write_text(" ".join(WANTED) + "\n")
    sys.path.append(str(folder))  # behind the environment's own packages, so that the lock's versions hold
    importlib.invalidate_caches()
