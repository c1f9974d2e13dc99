"""Forecasts: will a limit be reached within 3, 15, 30 minutes, along which path, and when that can't be told.

`train.train` learns a `model.Model` from a `series.Series`; `store` keeps it as one file; `drift.watch` says whether it
still holds. Nothing is imported here: LightGBM and SciPy load with the modules that need them.
"""
