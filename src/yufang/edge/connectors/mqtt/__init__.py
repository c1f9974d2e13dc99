"""MQTT 3.1.1 and 5: topics with templates become channels; payloads are JSON, plain text or CSV."""

from yufang.edge.connectors.mqtt.connector import MqttConnector, MqttSettings, make

__all__ = ["MqttConnector", "MqttSettings", "make"]
