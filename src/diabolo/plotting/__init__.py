"""Pictures: arrays in, matplotlib Axes out; nothing here shows or saves."""

from diabolo.plotting.anomalies import plot_anomaly, plot_score_histogram, plot_score_quality, plot_threshold
from diabolo.plotting.codes import plot_codes
from diabolo.plotting.groups import plot_groups
from diabolo.plotting.history import plot_history
from diabolo.plotting.odd_rows import plot_odd_row, plot_score_map
from diabolo.plotting.reconstructions import plot_reconstructions
from diabolo.plotting.screening import plot_features_kept, plot_information
from diabolo.plotting.series import plot_series
from diabolo.plotting.sweep import plot_sweep

__all__ = [
    "plot_anomaly",
    "plot_codes",
    "plot_features_kept",
    "plot_groups",
    "plot_history",
    "plot_information",
    "plot_odd_row",
    "plot_reconstructions",
    "plot_score_histogram",
    "plot_score_map",
    "plot_score_quality",
    "plot_series",
    "plot_sweep",
    "plot_threshold",
]
