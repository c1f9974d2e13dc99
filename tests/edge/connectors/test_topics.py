"""Topic templates subscribe, match and name."""

import pytest

from yufang.edge.connectors.mqtt.topics import template


@pytest.mark.parametrize(
    ("text", "wild", "topic", "names"),
    [
        ("a/{device}/gas", "a/+/gas", "a/d1/gas", {"device": "d1"}),
        ("a/{device}/gas", "a/+/gas", "a/d1/gas/x", None),
        ("a/{device}/gas", "a/+/gas", "a/d1", None),
        ("a/+/{key}", "a/+/+", "a/b/c", {"key": "c"}),
        ("{area}/{rest...}", "+/#", "hall/d1/ch4", {"area": "hall", "rest": "d1.ch4"}),
        ("a/#", "a/#", "a/b/c", {}),
        ("a/#", "a/#", "a", {}),  # a wildcard takes in its parent level too (MQTT 5, 4.7.1.2)
        ("a/b", "a/b", "a/B", None),
    ],
)
def test_a_template_matches_what_its_filter_subscribes_to(
    text: str, wild: str, topic: str, names: dict[str, str] | None
) -> None:
    made = template(text)
    assert made.filter == wild
    found = made.match(topic)
    assert found == (None if names is None else names | {"topic": topic.replace("/", ".")})


@pytest.mark.parametrize("text", ["a/#/b", "a/x{device}", "a/{rest...}/b", "a/b+", "a/{B}"])
def test_a_template_that_no_broker_would_take_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="/"):
        template(text)
