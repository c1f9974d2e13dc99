"""Modbus TCP: registers and coils polled in groups."""

from yufang.edge.connectors.modbus.connector import ModbusConnector, ModbusSettings, make

__all__ = ["ModbusConnector", "ModbusSettings", "make"]
