"""The lake: records of any agency or firm as canonical tables, with what was changed or refused, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yufang.later import later

if TYPE_CHECKING:
    from yufang.lake.articles import articles_named, first_article
    from yufang.lake.engine import DuckDBEngine, Engine
    from yufang.lake.engine_contract import check_engine
    from yufang.lake.errors import LakeError
    from yufang.lake.imports import FolderResult, ImportResult, import_file, import_folder
    from yufang.lake.mapping import KINDS, FileMapping, MappingFile, load_mapping, shipped_mappings
    from yufang.lake.names import name_id, normalise_name
    from yufang.lake.store import Lake

__all__ = [
    "KINDS",
    "DuckDBEngine",
    "Engine",
    "FileMapping",
    "FolderResult",
    "ImportResult",
    "Lake",
    "LakeError",
    "MappingFile",
    "articles_named",
    "check_engine",
    "first_article",
    "import_file",
    "import_folder",
    "load_mapping",
    "name_id",
    "normalise_name",
    "shipped_mappings",
]

__getattr__ = later(
    __name__,
    {
        "DuckDBEngine": "engine",
        "Engine": "engine",
        "FileMapping": "mapping",
        "FolderResult": "imports",
        "ImportResult": "imports",
        "KINDS": "mapping",
        "Lake": "store",
        "LakeError": "errors",
        "MappingFile": "mapping",
        "articles_named": "articles",
        "check_engine": "engine_contract",
        "first_article": "articles",
        "import_file": "imports",
        "import_folder": "imports",
        "load_mapping": "mapping",
        "name_id": "names",
        "normalise_name": "names",
        "shipped_mappings": "mapping",
    },
)
