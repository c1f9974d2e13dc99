"""Claims of the questions: circles, paths that whole chains showed, what binds two cases, what a measure cuts."""

from __future__ import annotations

import pytest

from tests.server.graph_world import known_graph
from yufang.graph import Chain, Edge, GraphCycle, GraphError, Knowledge, Node
from yufang.graph import questions as ask
from yufang.graph.model import CURATED, FACTORS


@pytest.fixture(scope="module")
def known() -> Knowledge:
    return known_graph()


@pytest.mark.parametrize(
    "text",
    [
        "池边滑倒溺水",
        "slip and drowning at a pool edge",
        "員工於泳池邊滑倒後淹溺",
        "He slipped beside the swimming pool and drowned",
    ],
)
def test_an_incident_at_a_pool_is_surrounded_by_floor_cleaning_guard_light_and_watch(
    known: Knowledge, text: str
) -> None:
    circle = ask.explore(known, text=text, hops=2, limit=60)
    around = {spot.node.id.rpartition("/")[2]: spot.factor for spot in circle.spots}
    assert {
        "smooth_floor": "material",
        "cleaning_regime": "method",
        "no_guard": "machine",
        "poor_lighting": "environment",
        "no_watch": "human",
    }.items() <= around.items()


def test_a_circle_holds_the_closest_first_and_says_how_many_there_are(known: Knowledge) -> None:
    wide = ask.explore(known, text="池边滑倒溺水", hops=2, limit=400)
    narrow = ask.explore(known, text="池边滑倒溺水", hops=2, limit=10)
    assert [s.node.id for s in narrow.spots] == [s.node.id for s in wide.spots[:10]]
    assert narrow.reached == wide.reached >= len(wide.spots)
    assert all(spot.hops <= 2 for spot in wide.spots)


@pytest.mark.parametrize("factor", FACTORS)
def test_a_factor_keeps_itself_and_the_incidents(known: Knowledge, factor: str) -> None:
    circle = ask.explore(known, node="place:premises/pool_edge", factors=[factor])
    assert {spot.factor for spot in circle.spots if spot.hops} <= {factor, ""}


def test_a_bad_question_names_what_is_wrong(known: Knowledge) -> None:
    with pytest.raises(GraphError, match="luck"):
        ask.explore(known, text="池边", factors=["luck"])
    with pytest.raises(GraphError, match="hops 9"):
        ask.explore(known, text="池边", hops=9)
    with pytest.raises(GraphError, match="qqqq"):
        ask.explore(known, text="qqqq zzzz")
    with pytest.raises(GraphError, match="no node 'equipment:shop/lathe'"):
        ask.paths(known, "equipment:shop/lathe")
    with pytest.raises(GraphError, match="no measure"):
        ask.cuts(known, ["hazard:shop/TS-01"])
    with pytest.raises(GraphError, match="twice"):
        ask.links(known, "case:C000001", "case:C000001")


def test_paths_rank_what_cases_showed_whole_above_what_is_only_pieced_together(known: Knowledge) -> None:
    ways = ask.paths(known, "equipment:shop/press", "accident_type:WSA10004", limit=50)
    shown = [way for way in ways if way.shown]
    assert ways[: len(shown)] == shown
    assert shown[0].shown == 40
    assert shown[0].lost_days == 1200
    through = {way.nodes[-2] for way in shown if len(way.nodes) > 2}
    assert through == {"hazard:shop/TS-01"}  # the other rows of the press are known and no case showed them
    assert any("hazard:shop/TS-02" in way.nodes for way in ways)


def test_pairs_that_stand_never_make_a_chain_that_was_shown() -> None:
    """A→B in one case and B→C in another: the path A→B→C can be walked, and no case showed it."""
    names = ("equipment:x/a", "hazard:x/b", "accident_type:c")
    nodes = [Node(id=n, kind=n.partition(":")[0], label_zh=n, label_en=n) for n in names]
    told = {"provenance": ("p",), "support": 1, "confidence": 1.0, "origin": "case"}
    known = Knowledge()
    known.add(
        nodes,
        [
            Edge(source=names[0], relation="exposes_to", target=names[1], **told),  # type: ignore[arg-type]
            Edge(source=names[1], relation="results_in", target=names[2], **told),  # type: ignore[arg-type]
        ],
        [
            Chain(nodes=names[:2], origin="case", provenance=("c1",), support=1),
            Chain(nodes=names[1:], origin="case", provenance=("c2",), support=1),
        ],
    )
    (way,) = ask.paths(known, names[0])
    assert way.nodes == names
    assert way.shown == 0
    known.add(chains=[Chain(nodes=names, origin="case", provenance=("c3",), support=2, lost_days=9)])
    (way,) = ask.paths(known, names[0])
    assert (way.shown, way.lost_days, way.cases) == (2, 9, ("c3",))


def test_no_path_is_longer_than_asked_and_none_walks_in_a_circle(known: Knowledge) -> None:
    for legs in (1, 2, 3):
        for way in ask.paths(known, "equipment:shop/press", legs=legs):
            assert len(way.edges) <= legs
            assert len(set(way.nodes)) == len(way.nodes)


def test_two_cases_are_bound_by_the_rare_thing_before_the_common_one(known: Knowledge) -> None:
    bond = ask.links(known, "case:C000077", "case:C000078")  # both drowned, which only three did
    assert bond.ways[0][1] == "accident_type:WSA10007"
    inner = [node for way in bond.ways for node in way[1:-1]]
    assert len(inner) == len(set(inner))
    assert not any(node.startswith("case:") for node in inner)


def test_a_measure_cuts_the_chains_of_what_it_controls_and_says_what_is_left(known: Knowledge) -> None:
    cut = ask.cuts(known, ["measure:shop/TS-01/0"])
    assert cut.cases == 40
    assert cut.lost_days == 1200
    assert all("hazard:shop/TS-01" in chain.nodes for chain in cut.chains)
    assert cut.left == 2  # two more rows of the press with the same accident type
    both = ask.cuts(known, ["measure:shop/TS-01/0", "measure:shop/TS-02/0"])
    assert both.left == 1
    assert both.cases == 40


def test_a_measure_on_a_cause_cuts_every_situation_the_cause_stands_in(known: Knowledge) -> None:
    cut = ask.cuts(known, ["measure:premises/no_watch/0"])
    assert {"hazard:premises/slip_into_water", "hazard:premises/gas_in_pit"} <= {c.nodes[1] for c in cut.chains}
    assert cut.severity["fatal"] >= 1


def test_a_death_counts_six_thousand_days(known: Knowledge) -> None:
    drowned = [c for c in known.chains if c.origin == "case" and "accident_type:WSA10007" in c.nodes]
    assert sum(c.deaths for c in drowned) == 3
    assert sum(c.lost_days for c in drowned) == 3 * 6_030


def test_every_fact_and_chain_says_where_it_comes_from(known: Knowledge) -> None:
    assert all(edge.provenance for edge in known.edges())
    assert all(chain.provenance for chain in known.chains)
    assert not any(edge.origin == "expert" for edge in known.edges())
    assert {edge.origin for edge in known.edges()} >= {"pack", "general", "standard", "case"}


def test_candidates_are_bound_more_than_chance_and_are_no_curated_facts(known: Knowledge) -> None:
    assert known.candidates
    curated = {(e.source, e.relation, e.target) for e in known.edges() if e.origin in CURATED}
    for one in known.candidates:
        assert one.shown >= 5
        assert one.lift >= one.lift_low > 1
        assert one.confidence < one.shown / one.units
        assert (one.source, one.relation, one.target) not in curated
    found = {(c.source, c.target) for c in known.candidates}
    assert ("industry:3311", "accident_type:WSA10004") in found


def test_trades_hang_under_their_group_division_and_section(known: Knowledge) -> None:
    above = list(known.hierarchy.above("industry:3311"))
    assert above == ["industry:331", "industry:33", "industry:C"]


def test_a_cycle_of_is_a_is_refused_by_name_and_nothing_of_the_call_is_kept(known: Knowledge) -> None:
    facts = known.facts
    told = {"origin": "import", "provenance": ("file",), "support": 1, "confidence": 1.0}
    loop = Edge(source="industry:C", relation="is_a", target="industry:3311", **told)  # type: ignore[arg-type]
    with pytest.raises(GraphCycle, match="industry:C → industry:3311 → industry:331 → industry:33 → industry:C"):
        known.add(edges=[loop])
    assert known.facts == facts
    assert list(known.hierarchy.above("industry:C")) == []


def test_what_is_written_reads_back_the_same(known: Knowledge, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("known")
    known.write(folder)
    again = Knowledge.read(folder)
    assert again.nodes == known.nodes
    assert set(again.edges()) == set(known.edges())
    assert again.chains == known.chains
    assert again.candidates == known.candidates
    assert ask.seeds_of(again, "池边滑倒溺水") == ask.seeds_of(known, "池边滑倒溺水")
