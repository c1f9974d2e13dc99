"""OPC UA: subscriptions to variables, with the server's own times and status codes."""

from yufang.edge.connectors.opcua.connector import OpcuaConnector, OpcuaSettings, make

__all__ = ["OpcuaConnector", "OpcuaSettings", "make"]
