"""Diabolo: autoencoders that speak scikit-learn's language, compiled by JAX.

The public names are imported at their first use, so ``import diabolo`` costs milliseconds and reaches
neither JAX nor scikit-learn.
"""

from __future__ import annotations

import gc
import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "Autoencoder": "diabolo.estimators.autoencoder",
    "AutoencoderDetector": "diabolo.estimators.detector",
    "Checkpoint": "diabolo.checkpoints.checkpoint",
    "ConvolutionalAutoencoder": "diabolo.estimators.convolutional",
    "DenoisingAutoencoder": "diabolo.estimators.denoising",
    "Epoch": "diabolo.estimators.epoch",
    "FTestSelector": "diabolo.estimators.selectors",
    "MutualInformationSelector": "diabolo.estimators.selectors",
    "Report": "diabolo.reporting.report",
    "ScreeningSelector": "diabolo.estimators.selectors",
    "SparseAutoencoder": "diabolo.estimators.autoencoder",
    "VariationalAutoencoder": "diabolo.estimators.autoencoder",
    "add_noise": "diabolo.estimators.denoising",
    "find_groups": "diabolo.groups.search",
    "hold_out": "diabolo.data.hold_out",
    "initialize_cluster": "diabolo.cluster.initialize",
    "load": "diabolo.persistence.model_file",
    "open": "diabolo.data.open_table:open_table",
    "report": "diabolo.reporting.report",
    "save": "diabolo.persistence.model_file",
    "screen": "diabolo.screening.screen",
    "sliding_windows": "diabolo.series.windows",
    "plot_codes": "diabolo.plotting.codes",
    "plot_history": "diabolo.plotting.history",
    "plot_reconstructions": "diabolo.plotting.reconstructions",
}
_ROOMS = (
    "datasets",
    "detection",
    "errors",
    "evaluation",
    "export",
    "groups",
    "plotting",
    "pyod",
    "screening",
    "series",
    "workers",
)

# Without "open", which would take the place of the built-in one in whoever imports all.
__all__ = sorted({"__version__", *_HOME, *_ROOMS} - {"open"})

if TYPE_CHECKING:
    from diabolo import datasets as datasets
    from diabolo import detection as detection
    from diabolo import errors as errors
    from diabolo import evaluation as evaluation
    from diabolo import export as export
    from diabolo import groups as groups
    from diabolo import plotting as plotting
    from diabolo import pyod as pyod
    from diabolo import screening as screening
    from diabolo import series as series
    from diabolo import workers as workers
    from diabolo.checkpoints.checkpoint import Checkpoint as Checkpoint
    from diabolo.cluster.initialize import initialize_cluster as initialize_cluster
    from diabolo.data.hold_out import hold_out as hold_out
    from diabolo.data.open_table import open_table
    from diabolo.estimators.autoencoder import Autoencoder as Autoencoder
    from diabolo.estimators.autoencoder import SparseAutoencoder as SparseAutoencoder
    from diabolo.estimators.autoencoder import VariationalAutoencoder as VariationalAutoencoder
    from diabolo.estimators.convolutional import ConvolutionalAutoencoder as ConvolutionalAutoencoder
    from diabolo.estimators.denoising import DenoisingAutoencoder as DenoisingAutoencoder
    from diabolo.estimators.denoising import add_noise as add_noise
    from diabolo.estimators.detector import AutoencoderDetector as AutoencoderDetector
    from diabolo.estimators.epoch import Epoch as Epoch
    from diabolo.estimators.selectors import FTestSelector as FTestSelector
    from diabolo.estimators.selectors import (
        MutualInformationSelector as MutualInformationSelector,
    )
    from diabolo.estimators.selectors import ScreeningSelector as ScreeningSelector
    from diabolo.groups.search import find_groups as find_groups
    from diabolo.persistence.model_file import load as load
    from diabolo.persistence.model_file import save as save
    from diabolo.plotting.codes import plot_codes as plot_codes
    from diabolo.plotting.history import plot_history as plot_history
    from diabolo.plotting.reconstructions import plot_reconstructions as plot_reconstructions
    from diabolo.reporting.report import Report as Report
    from diabolo.reporting.report import report as report
    from diabolo.screening.screen import screen as screen
    from diabolo.series.windows import sliding_windows as sliding_windows

    open = open_table  # noqa: A001


def __getattr__(name: str) -> Any:
    """Import a public name at its first use."""
    if name in _HOME:
        module, _, inner = _HOME[name].partition(":")
        # An import makes objects that live on, and it takes the garbage collector time to walk them.
        collecting = gc.isenabled()
        gc.disable()
        try:
            value = getattr(importlib.import_module(module), inner or name)
        finally:
            if collecting:
                gc.enable()
    elif name in _ROOMS:
        value = importlib.import_module(f"diabolo.{name}")
    else:
        from diabolo.errors import nearest_name

        near = "" if name.startswith("_") else nearest_name(name, [*_HOME, *_ROOMS]).replace("'", "")
        raise AttributeError(f"module 'diabolo' has no attribute {name!r}" + (near and f".{near}"))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted([*__all__, "open"])
