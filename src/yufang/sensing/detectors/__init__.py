"""Detectors over readings: one contract, one battery, state in arrays."""
