"""Read before any test, and before what tests import."""

import os

# Several processes share the cores already. With threads of their own for every small sum they mostly wait for each
# other: a fit of two seconds took seven.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS"):
    os.environ.setdefault(_name, "1")
