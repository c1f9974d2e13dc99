"""A topic of an MQTT broker: an order as a retained message, the safe state as the will."""

from yufang.edge.outputs.mqtt.output import MqttOutput, MqttOutputSettings, make

__all__ = ["MqttOutput", "MqttOutputSettings", "make"]
