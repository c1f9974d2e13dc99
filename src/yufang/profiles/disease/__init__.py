"""Occupational disease: measured exposure against its limits, and the cases that published dose-response relations
make one expect, with an interval, or why nobody can tell."""

from yufang.profiles.disease.expected import ExpectedCases
from yufang.profiles.disease.indices import ExposureResult, assess
from yufang.profiles.disease.measurements import MEASUREMENTS, MeasurementError, read_measurements

__all__ = ["MEASUREMENTS", "ExpectedCases", "ExposureResult", "MeasurementError", "assess", "read_measurements"]
