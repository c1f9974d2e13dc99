"""A Tweedie GLM with log link and an effect for each entity and each group, solved exactly and fast.

Jørgensen, B. and Paes de Souza, M. C. (1994), "Fitting Tweedie's compound Poisson model to insurance claims data".
Entities' effects carry a ridge, which makes them random effects in Bayes' sense (Ohlsson & Johansson 2006). Because
every row of an entity has the same mean, Newton's step has an arrow-shaped Hessian that is solved in closed form: a
pool of 10⁵ enterprises takes well under a second, where a general solver over as many columns takes minutes. A test
holds the result to scikit-learn's `TweedieRegressor`.
"""

from __future__ import annotations

import numpy as np

from yufang.rates.panel import Floats, Panel

POWER = 1.5  # Tweedie variance power: between a count of claims (1) and their size (2)
GROUP_LOOSER = 3.0  # a group's effect is pulled to 0 so many times less than an entity's
ROUNDS, TOLERANCE, LONGEST_STEP = 60, 1e-8, 2.0


def tweedie_rates(panel: Panel, ridge: float) -> Floats:
    """Rates (n,) as loss per unit of exposure; an entity without rows has its group's.

    `ridge` > 0 is the pull on an entity's effect in units of half a deviance, for an entity of average exposure.
    """
    n, groups = panel.entities, int(panel.group.max()) + 1
    exposure, own = panel.totals()
    scale = float((exposure * own).sum() / exposure.sum())
    if scale <= 0:
        return np.zeros(n)
    w = exposure / exposure.sum() * int((exposure > 0).sum())
    y = own / scale
    loose = ridge / GROUP_LOOSER
    level, of_group, of_entity = 0.0, np.zeros(groups), np.zeros(n)
    for _ in range(ROUNDS):
        mu = np.exp(level + of_group[panel.group] + of_entity)
        slope = w * mu ** (1 - POWER) * (mu - y)
        bend = w * ((2 - POWER) * mu ** (2 - POWER) + (POWER - 1) * y * mu ** (1 - POWER))
        # Entities are eliminated first, then groups; what is left is one equation for the level.
        own_slope, own_bend = slope + ridge * of_entity, bend + ridge
        left_slope = np.bincount(panel.group, slope - bend * own_slope / own_bend, groups)
        left_bend = np.bincount(panel.group, bend * ridge / own_bend, groups)
        if groups > 1:
            group_slope, group_bend = left_slope + loose * of_group, left_bend + loose
            step = -(left_slope - left_bend * group_slope / group_bend).sum() / (left_bend * loose / group_bend).sum()
            group_step = -(group_slope + left_bend * step) / group_bend
        else:
            step, group_step = float(-left_slope.sum() / left_bend.sum()), np.zeros(1)
        entity_step = -(own_slope + bend * (step + group_step[panel.group])) / own_bend
        longest = max(abs(step), float(np.abs(group_step).max()), float(np.abs(entity_step).max()))
        damp = min(1.0, LONGEST_STEP / longest) if longest > 0 else 1.0
        level, of_group, of_entity = level + damp * step, of_group + damp * group_step, of_entity + damp * entity_step
        if longest < TOLERANCE:
            break
    return np.asarray(np.exp(level + of_group[panel.group] + of_entity) * scale)
