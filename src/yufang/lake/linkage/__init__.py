"""Record linkage: employers and persons across agencies' files, by Splink over DuckDB or over Spark."""

from yufang.lake.linkage.clusters import Change, Clustering, Decision, Edge, cluster
from yufang.lake.linkage.contracts import KINDS, Kind
from yufang.lake.linkage.engines import DuckDBLinkage, LinkageEngine
from yufang.lake.linkage.errors import LinkageError
from yufang.lake.linkage.linking import Linkage, features_of, kind_of, link_records
from yufang.lake.linkage.model import Model, read_model, shipped_model

__all__ = [
    "KINDS",
    "Change",
    "Clustering",
    "Decision",
    "DuckDBLinkage",
    "Edge",
    "Kind",
    "Linkage",
    "LinkageEngine",
    "LinkageError",
    "Model",
    "cluster",
    "features_of",
    "kind_of",
    "link_records",
    "read_model",
    "shipped_model",
]
