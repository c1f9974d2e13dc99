"""Readings of devices: channels and limits, units, quality, wire, store; detectors and what builds on them.

Nothing is imported here: the edge takes only the modules that it needs.
"""
