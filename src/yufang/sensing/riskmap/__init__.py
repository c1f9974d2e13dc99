"""The risk map: what is dangerous where and when, from sensors, weather, equipment, hazards, permits and people.

`rules` (numbers as data) → builders (`sensors`, `weather`, `equipment`, `hazards`, `permits`, `people`) make factors →
`score` weighs them over a `grid` and explains each cell → `history` keeps what changed, so that any past moment can
be shown again. Pure: `now` is a parameter. See docs/sensing/risk-map.md.
"""
