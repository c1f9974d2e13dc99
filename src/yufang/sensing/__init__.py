"""Readings become events: channels, units, quality, detectors, leaks, forecasts and positions."""
