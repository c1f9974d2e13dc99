"""A coil of a Modbus TCP device: a siren, a lamp, a fan, a valve."""

from yufang.edge.outputs.modbus.output import ModbusOutput, ModbusOutputSettings, make

__all__ = ["ModbusOutput", "ModbusOutputSettings", "make"]
