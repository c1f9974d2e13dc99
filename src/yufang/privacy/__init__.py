"""What may be told of many without telling of one: suppressed tables, noise with a budget, pseudonyms."""

from yufang.privacy.cells import Audit, SuppressedTable, attack, suppress
from yufang.privacy.noise import NoisyCounts, Spending, discrete_laplace, noisy_counts, standard_error
from yufang.privacy.people import masked_identity, pseudonym, valid_identity_number

__all__ = [
    "Audit",
    "NoisyCounts",
    "Spending",
    "SuppressedTable",
    "attack",
    "discrete_laplace",
    "masked_identity",
    "noisy_counts",
    "pseudonym",
    "standard_error",
    "suppress",
    "valid_identity_number",
]
