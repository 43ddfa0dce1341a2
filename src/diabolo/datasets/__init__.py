"""Loaders of the data sets that the examples use, and a generator of one."""

from diabolo.datasets.digits import load_digits
from diabolo.datasets.ecg5000 import load_ecg5000
from diabolo.datasets.methylation import make_methylation
from diabolo.datasets.mnist import load_fashion_mnist, load_mnist

__all__ = ["load_digits", "load_ecg5000", "load_fashion_mnist", "load_mnist", "make_methylation"]
