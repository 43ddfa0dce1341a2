import numpy as np
import pytest

import diabolo
from diabolo import Autoencoder
from diabolo.errors import ParameterError
from diabolo.evaluation import compare_with_linear, feature_reconstruction, latent_sweep, ranked_features
from diabolo.evaluation.numbers_alone import refuse_categories

X = np.eye(6)


@pytest.mark.parametrize(
    ("measure", "name"),
    [
        (lambda each: compare_with_linear(each, X), "compare_with_linear"),
        (lambda each: latent_sweep(X, autoencoder=each), "latent_sweep"),
        (lambda each: feature_reconstruction(each, X), "feature_reconstruction"),
        (lambda each: ranked_features(each, diabolo.open(X), top=2), "ranked_features"),
    ],
)
def test_categories_are_refused(measure, name):
    estimator = Autoencoder(1, categories=[0], max_epochs=1)
    estimator.fit(np.column_stack([[0, 1] * 3, np.arange(6.0)]))
    with pytest.raises(ParameterError) as caught:
        measure(estimator)
    assert str(caught.value) == (
        f"{name} is of columns of numbers, and the Autoencoder has categories=[0]; leave these columns "
        "out, or give them as numbers."
    )


def test_others_are_not():
    refuse_categories(Autoencoder(), "a sweep")
    refuse_categories(None, "a sweep")
