"""The shortest useful program: import, fit a default Autoencoder on 150 x 4, end. Timed from outside.

The rows are drawn here, since scikit-learn's loaders of data sets take longer to import than all the rest.
"""

from __future__ import annotations

import numpy as np

from diabolo import Autoencoder

if __name__ == "__main__":
    Autoencoder(random_state=0).fit(np.random.default_rng(0).normal(size=(150, 4)))
