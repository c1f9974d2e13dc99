"""Hazards on their way to a verified fix: kinds, life cycle, deadlines, routing, criteria of major ones.

Pure rules: what may follow what, who may do it, when somebody must be reminded. State, people and the clock stand in
`yufang.server.hazards`.
"""
