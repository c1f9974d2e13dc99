"""Five made-up plants whose signals come from real servers: MQTT, Sparkplug B, OPC UA and Modbus TCP.

Everything here is invented: the plants, their people and places, and every number. The physics is kept simple on
purpose: plausible rhythms and orders of magnitude for showing the platform, not a model of any real plant.
"""

from yufang.demo.plants.model import Address, Plant, Tag
from yufang.demo.plants.running import Plants, PlantsError, edge_config

__all__ = ["Address", "Plant", "Plants", "PlantsError", "Tag", "edge_config"]
