"""Linear one-against-rest machines on sparse rows, all classes side by side."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, fastmath=True, nogil=True)
def _shuffle(order):  # type: ignore[no-untyped-def]
    for i in range(order.shape[0] - 1, 0, -1):
        j = np.random.randint(0, i + 1)
        order[i], order[j] = order[j], order[i]


@njit(cache=True, fastmath=True, nogil=True)
def row_margins(columns, values, begin, end, weights, out):  # type: ignore[no-untyped-def]
    """Write one sparse row's margins to `out`; returns the row's squared length, the bias's 1 included."""
    norm = np.float32(1.0)
    bias = weights.shape[0] - 1
    for k in range(weights.shape[1]):
        out[k] = weights[bias, k]
    for t in range(begin, end):
        f = columns[t]
        x = values[t]
        norm += x * x
        for k in range(weights.shape[1]):
            out[k] += x * weights[f, k]
    return norm


@njit(cache=True, fastmath=True, nogil=True)
def fit_machines(rows, indptr, columns, values, target, classes, width, cost, passes, seed):  # type: ignore[no-untyped-def]
    """L2-regularised squared-hinge machines, one class against the rest, by dual coordinate descent.

    The method of Hsieh, Chang, Lin, Keerthi and Sundararajan (2008), with every class in the same sweep over
    the rows, so that a row's weights are read once for all classes.

    rows: which rows of the CSR arrays to learn from. target: their classes, by CSR row. cost: C.
    Returns weights (width + 1, classes) float32; the last row is the bias.
    """
    weights = np.zeros((width + 1, classes), np.float32)
    alpha = np.zeros((rows.shape[0], classes), np.float32)
    margin = np.zeros(classes, np.float32)
    step = np.zeros(classes, np.float32)
    soft = np.float32(0.5 / cost)
    order = np.arange(rows.shape[0])
    np.random.seed(seed)
    for _sweep in range(passes):
        _shuffle(order)
        worst = np.float32(0.0)
        for position in order:
            i = rows[position]
            norm = row_margins(columns, values, indptr[i], indptr[i + 1], weights, margin)
            moved = False
            for k in range(classes):
                y = np.float32(1.0) if target[i] == k else np.float32(-1.0)
                a = alpha[position, k]
                gradient = y * margin[k] - np.float32(1.0) + a * soft
                projected = gradient if a > 0 else min(gradient, np.float32(0.0))
                step[k] = np.float32(0.0)
                if abs(projected) > 1e-4:
                    worst = max(worst, abs(projected))
                    new = max(a - gradient / (norm + soft), np.float32(0.0))
                    step[k] = (new - a) * y
                    alpha[position, k] = new
                    moved = True
            if moved:
                for t in range(indptr[i], indptr[i + 1]):
                    f = columns[t]
                    x = values[t]
                    for k in range(classes):
                        weights[f, k] += x * step[k]
                for k in range(classes):
                    weights[width, k] += step[k]
        if worst < 0.05:
            break
    return weights
