"""Sparkplug B over MQTT: births, aliases, sequence numbers, deaths, and a rebirth request on a gap."""

from yufang.edge.connectors.sparkplug.connector import SparkplugConnector, SparkplugSettings, make

__all__ = ["SparkplugConnector", "SparkplugSettings", "make"]
