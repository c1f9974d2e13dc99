"""Curated facts of premises that no industry pack holds, from `data/premises.yaml`: own text, sources named in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from yufang.graph.build import Builder, accident_node
from yufang.graph.model import Chain, Edge, Node

KEY = "premises"


@dataclass(frozen=True, slots=True)
class General:
    """Nodes, facts, chains, and the words that people use for each node."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    chains: tuple[Chain, ...]
    words: dict[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def premises() -> General:
    """The shipped facts of premises."""
    body = yaml.safe_load((files("yufang.graph") / "data" / "premises.yaml").read_text(encoding="utf-8"))
    return facts_of(body)


def facts_of(body: dict[str, Any]) -> General:
    """Facts of a premises file. Raises KeyError where a situation names a place or cause that the file lacks."""
    builder = Builder()
    by = f"{KEY}@{body['version']}"
    words: dict[str, tuple[str, ...]] = {}
    places = {}
    for key, place in body["places"].items():
        places[key] = builder.node("place", f"{KEY}/{key}", place["name"]["zh"], place["name"]["en"])
        words[places[key]] = tuple(place["words"])
    causes = {}
    for key, cause in body["causes"].items():
        name, factor = cause["name"], cause["factor"]
        node = builder.node("cause", f"{factor}/{KEY}/{key}", name["zh"], name["en"], factor)
        causes[key] = node
        words[node] = tuple(cause["words"])
        for number, measure in enumerate(cause["measures"]):
            target = builder.node("measure", f"{KEY}/{key}/{number}", measure["zh"], measure["en"], measure["level"])
            builder.say(node, "controlled_by", target, origin="general", by=by)
    chains = []
    for key, row in body["situations"].items():
        source = f"{KEY}/{key}"
        hazard = builder.node("hazard", source, row["title"]["zh"], row["title"]["en"])
        accident = accident_node(builder, row["accident_type"])
        builder.say(hazard, "results_in", accident, origin="general", by=source)
        beside = tuple(causes[cause] for cause in row["causes"])
        for cause in beside:
            builder.say(cause, "leads_to", hazard, origin="general", by=source)
        for clause in row["clauses"]:
            rule = builder.node("clause", clause["zh"], clause["zh"], clause["en"])
            builder.say(hazard, "governed_by", rule, origin="general", by=source)
        for place in row["places"]:
            builder.say(places[place], "exposes_to", hazard, origin="general", by=source)
            nodes = (places[place], hazard, accident)
            chains.append(
                Chain(nodes=nodes, beside=beside, origin="general", provenance=(source,), severity=row["severity"])
            )
    return General(tuple(builder.nodes.values()), builder.edges(), tuple(chains), words)
