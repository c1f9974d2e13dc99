"""Names of a package that are fetched from their modules when somebody asks for them.

A room's contracts are imported all over the server; the kernels beside them (numba, SciPy, DuckDB) take seconds to
read, and a web process that was killed should be back before anybody notices.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any


def later(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """A module's `__getattr__`. homes: public name → the module of `package` that it stands in.

    No name may be a module of the package as well: which of the two came first would decide what is meant.
    """

    def fetch(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(importlib.import_module(f"{package}.{homes[name]}"), name)
        setattr(sys.modules[package], name, found)
        return found

    return fetch


class LaterModule:
    """Stands for a module until somebody asks for a name in it. `if TYPE_CHECKING` beside it tells the types."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self._module), name)
