"""The shortest useful program: import, fit a default Autoencoder on the irises, end. Timed from outside."""

from __future__ import annotations

from sklearn.datasets import load_iris

from diabolo import Autoencoder

if __name__ == "__main__":
    Autoencoder(random_state=0).fit(load_iris().data)
