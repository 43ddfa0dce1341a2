"""What a model is: its class, parameters, layers, versions."""

from __future__ import annotations

import contextlib
import inspect
import platform
import re
from importlib import metadata
from typing import Any

from diabolo.detection.linear import LinearAutoencoder
from diabolo.estimators.inside import fitted_parameters, is_detector, largest_member, n_components_of

__all__ = ["described_model"]

_PACKAGES = ("diabolo", "jax", "numpy", "scikit-learn")
_LONGEST = 120


def described_model(model: Any, file: str | None) -> dict[str, Any]:
    """Describe a fitted model, as reporting/README.md has it.

    Parameters
    ----------
    model : estimator
        Fitted; of a detector the layers are those of its largest member.
    file : str or None
        What it is called.

    Returns
    -------
    dict
    """
    layers = _layers(largest_member(model) if is_detector(model) else model)
    return {
        "name": type(model).__name__,
        "file": file,
        "is_detector": is_detector(model),
        "parameters": _parameters(model),
        "layers": layers,
        "n_parameters": sum(layer["n_parameters"] for layer in layers),
        "n_features": int(model.n_features_in_),
        "n_components": n_components_of(model),
        "versions": _versions(),
    }


def _parameters(model: Any) -> list[list[Any]]:
    """List parameters as they were in the fit: name, text, and whether the default is another."""
    defaults = inspect.signature(type(model)).parameters
    found = []
    for name, value in fitted_parameters(model).items():
        text = _shown(value)
        found.append([name, text, name not in defaults or text != _shown(defaults[name].default)])
    return found


def _shown(value: Any) -> str:
    # Where an object lies in memory says nothing, and is another each time.
    text = re.sub(r" at 0x[0-9a-f]+", "", " ".join(repr(value).split()))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _layers(member: Any) -> list[dict[str, Any]]:
    if isinstance(member, LinearAutoencoder):
        width, n_features = member.components.shape
        shared = {"activation": "linear"}
        code = {"name": "code", "inputs": str(n_features), "outputs": str(width), **shared}
        output = {"name": "output", "inputs": str(width), "outputs": str(n_features), **shared}
        sizes = {"n_inputs": n_features, "n_outputs": width, "n_parameters": width * n_features}
        back = {"n_inputs": width, "n_outputs": n_features, "n_parameters": n_features}
        return [{**code, **sizes, "tied": False}, {**output, **back, "tied": True}]
    return [
        {
            "name": shape.name,
            "inputs": str(shape.inputs),
            "outputs": str(shape.outputs),
            "n_inputs": shape.n_inputs,
            "n_outputs": shape.n_outputs,
            "activation": shape.activation,
            "n_parameters": int(shape.n_parameters),
            "tied": bool(shape.tied),
        }
        for shape in member.network_.layer_shapes()
    ]


def _versions() -> list[list[str]]:
    """List the versions that the page was made with; what runs from a folder has none."""
    found = [["python", platform.python_version()]]
    for name in _PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found.append([name, metadata.version(name)])
    return found
