"""For scripts written for PyOD: its names and its signs, on Diabolo's detector. PyOD itself is not needed."""

from diabolo.pyod.autoencoder import AutoEncoder

__all__ = ["AutoEncoder"]
