"""Industry packs: what can hurt people in one industry, how it is checked on site, and what stops it."""

from yufang.packs.errors import PackError
from yufang.packs.load import installed_packs, load_pack, packs_for_industry
from yufang.packs.match import match_equipment, match_material, match_task
from yufang.packs.model import Causes, Clause, ControlMeasure, Equipment, Hazard, Material, Pack, Task, Text

__all__ = [
    "Causes",
    "Clause",
    "ControlMeasure",
    "Equipment",
    "Hazard",
    "Material",
    "Pack",
    "PackError",
    "Task",
    "Text",
    "installed_packs",
    "load_pack",
    "match_equipment",
    "match_material",
    "match_task",
    "packs_for_industry",
]
