"""Loaders of the data sets that the examples use."""

from diabolo.datasets.digits import load_digits

__all__ = ["load_digits"]
