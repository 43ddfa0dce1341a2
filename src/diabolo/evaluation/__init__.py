"""How good a code is: how well it rebuilds, what can be predicted from it, and which size it should have."""

from __future__ import annotations

from diabolo.evaluation.downstream import DownstreamScore, downstream_score
from diabolo.evaluation.features import FeatureReconstruction, feature_reconstruction, ranked_features
from diabolo.evaluation.principal_components import StreamedPCA
from diabolo.evaluation.sweep import Sweep, latent_sweep

__all__ = [
    "DownstreamScore",
    "FeatureReconstruction",
    "StreamedPCA",
    "Sweep",
    "downstream_score",
    "feature_reconstruction",
    "latent_sweep",
    "ranked_features",
]
