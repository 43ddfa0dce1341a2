"""How good a code is: what it rebuilds, what it predicts, how linear methods do, and which size it needs."""

from __future__ import annotations

from diabolo.evaluation.downstream import DownstreamScore, downstream_score
from diabolo.evaluation.features import FeatureReconstruction, feature_reconstruction, ranked_features
from diabolo.evaluation.linear_comparison import compare_with_linear
from diabolo.evaluation.principal_components import StreamedPCA
from diabolo.evaluation.sweep import Sweep, latent_sweep
from diabolo.linear.comparison import LinearComparison

__all__ = [
    "DownstreamScore",
    "FeatureReconstruction",
    "LinearComparison",
    "StreamedPCA",
    "Sweep",
    "compare_with_linear",
    "downstream_score",
    "feature_reconstruction",
    "latent_sweep",
    "ranked_features",
]
