"""Topic templates: `plant/{site}/{device}/+/{rest...}` subscribes, matches and names."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(r"\{([a-z_]+)(\.\.\.)?\}$")


@dataclass(frozen=True, slots=True)
class Template:
    """One template. `filter`: what to subscribe to."""

    text: str
    filter: str
    levels: tuple[tuple[str, str], ...]  # (kind, name): "is", "one", "rest"

    def match(self, topic: str) -> dict[str, str] | None:
        """The names that `topic` fills; None where it doesn't match. {topic} is always the whole topic."""
        parts = topic.split("/")
        names = {"topic": topic.replace("/", ".")}
        for place, (kind, name) in enumerate(self.levels):
            if kind == "rest":
                if name:
                    names[name] = ".".join(parts[place:])
                return names
            if place >= len(parts) or (kind == "is" and parts[place] != name):
                return None
            if kind == "one" and name:
                names[name] = parts[place]
        return names if len(parts) == len(self.levels) else None


def template(text: str) -> Template:
    """Read a template. `{name}` and `+` are one level, `{name...}` and `#` all that follow. Raises ValueError."""
    levels: list[tuple[str, str]] = []
    wild: list[str] = []
    parts = text.split("/")
    for place, part in enumerate(parts):
        named = _NAME.match(part)
        if part == "#" or (named and named[2]):
            if place != len(parts) - 1:
                raise ValueError(f"{part} must be the last level of {text!r} / “{text}”中 {part} 只能在最后一级")
            levels.append(("rest", named[1] if named else ""))
            wild.append("#")
        elif part == "+" or named:
            levels.append(("one", named[1] if named else ""))
            wild.append("+")
        elif any(sign in part for sign in "{}+#"):
            raise ValueError(
                f"level {part!r} of {text!r} mixes text and a wildcard / “{text}”的一级“{part}”混用了文字和通配符"
            )
        else:
            levels.append(("is", part))
            wild.append(part)
    return Template(text, "/".join(wild), tuple(levels))
