"""What holds for every estimator alike: parts of a fit, copies, parameters."""

import copy
import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

import diabolo

X = np.random.default_rng(0).uniform(size=(24, 16)).astype(np.float32)
Y = np.array(["a", "b", "c"] * 8)
QUICK = {"max_epochs": 3, "batch_size": 8, "random_state": 0}
DENSE = {**QUICK, "hidden_layer_sizes": (4,)}
ESTIMATORS = [
    diabolo.Autoencoder(3, supervision_weight=0.5, **DENSE),
    diabolo.DenoisingAutoencoder(3, noise={"kind": "masking", "fill": "mean"}, **DENSE),
    diabolo.SparseAutoencoder(6, **QUICK),
    diabolo.SparseAutoencoder(20, sparsity="topk", k=2, **QUICK),
    diabolo.VariationalAutoencoder(3, warmup_epochs=2, **DENSE),
    diabolo.ConvolutionalAutoencoder(image_shape=(4, 4), filters=(2,), **QUICK),
]


def named(estimator):
    return f"{type(estimator).__name__}{getattr(estimator, 'sparsity', '')}"


@pytest.fixture(params=ESTIMATORS, ids=named)
def estimator(request):
    return clone(request.param)


def test_partial_fits_are_the_epochs_of_a_fit(estimator):
    """Row orders, noise, draws and what an objective remembers go on from call to call."""
    whole = clone(estimator).fit(X, Y)
    for _ in range(3):
        estimator.partial_fit(X, Y)
    np.testing.assert_allclose(estimator.transform(X), whole.transform(X), rtol=1e-4, atol=1e-5)
    for name in set(whole.history_) - {"seconds"}:
        np.testing.assert_allclose(estimator.history_[name], whole.history_[name], rtol=1e-4, atol=1e-6)


def test_copies_give_the_same_bits_and_go_on_alike(estimator):
    fitted = estimator.fit(X, Y)
    copies = [pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted)]
    before = fitted.transform(X)
    fitted.partial_fit(X, Y)
    for other in copies:
        assert np.array_equal(other.transform(X), before)
        other.partial_fit(X, Y)
        assert np.array_equal(other.transform(X), fitted.transform(X))


def test_the_same_seed_gives_the_same_bits(estimator):
    one, other = clone(estimator).fit(X, Y), estimator.fit(X, Y)
    assert np.array_equal(one.reconstruct(X), other.reconstruct(X))
    other.set_params(random_state=1).fit(X, Y)
    assert not np.array_equal(one.reconstruct(X), other.reconstruct(X))


@pytest.mark.parametrize(
    "cls",
    sorted({type(one) for one in ESTIMATORS}, key=lambda cls: cls.__name__),
    ids=lambda cls: cls.__name__,
)
def test_parameters_go_round(cls):
    estimator = cls()
    parameters = estimator.get_params()
    assert all(getattr(estimator, name) is value for name, value in parameters.items())
    assert cls(**parameters).get_params() == parameters
    assert clone(estimator).get_params() == parameters
    assert cls().set_params(**parameters).get_params() == parameters
    changed = {"noise": {"kind": "masking"}, "learning_rate": 0.5}
    assert clone(cls(**changed)).get_params() == {**parameters, **changed}
    assert cls.__name__ in repr(cls(**changed))
    with pytest.raises(ValueError, match="has no parameter 'overcomplete'"):
        estimator.set_params(overcomplete=True)


def test_nothing_is_done_before_a_fit(estimator):
    for method in ("transform", "reconstruct", "score", "inverse_transform"):
        with pytest.raises(NotFittedError):
            getattr(estimator, method)(X)
    with pytest.raises(NotFittedError):
        estimator.summary()


def test_validation_measures_every_term(estimator):
    estimator.set_params(validation_fraction=0.25).fit(X, Y)
    for name in estimator.history_:
        if name not in ("learning_rate", "seconds") and not name.startswith("validation_"):
            assert f"validation_{name}" in estimator.history_
    assert {len(column) for column in estimator.history_.values()} == {3}
