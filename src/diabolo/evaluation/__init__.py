"""How good a code is: what it rebuilds, predicts and fills, how linear methods do, which size it needs."""

from __future__ import annotations

from diabolo.evaluation.downstream import DownstreamScore, downstream_score
from diabolo.evaluation.features import FeatureReconstruction, feature_reconstruction, ranked_features
from diabolo.evaluation.imputation import ImputerChoice, fit_imputer
from diabolo.evaluation.linear_comparison import compare_with_linear
from diabolo.evaluation.principal_components import StreamedPCA
from diabolo.evaluation.sweep import Sweep, latent_sweep
from diabolo.linear.comparison import LinearComparison

__all__ = [
    "DownstreamScore",
    "FeatureReconstruction",
    "ImputerChoice",
    "LinearComparison",
    "StreamedPCA",
    "Sweep",
    "compare_with_linear",
    "downstream_score",
    "feature_reconstruction",
    "fit_imputer",
    "latent_sweep",
    "ranked_features",
]
