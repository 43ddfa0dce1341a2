"""Groups of the help page, in its order."""

from __future__ import annotations

__all__ = [
    "CODE",
    "GROUPS",
    "HELD_OUT",
    "IMAGES",
    "LAYERS",
    "NETWORK",
    "OTHER",
    "SPARSITY",
    "TARGET",
    "TRAINING",
]

GROUPS = NETWORK, CODE, SPARSITY, TARGET, IMAGES, LAYERS, TRAINING, HELD_OUT, OTHER = (
    "Network",
    "Noise and code",
    "Sparsity",
    "What the code must predict",
    "Images",
    "Pretraining",
    "Training",
    "Held-out rows",
    "Other",
)
