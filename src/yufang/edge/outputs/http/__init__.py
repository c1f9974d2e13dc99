"""An address that takes orders as JSON."""

from yufang.edge.outputs.http.output import HttpOutput, HttpOutputSettings, make

__all__ = ["HttpOutput", "HttpOutputSettings", "make"]
