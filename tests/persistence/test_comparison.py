"""A model file keeps how the code compares with linear methods."""

import numpy as np
import pytest

import diabolo
from diabolo.errors import ModelFileError
from diabolo.evaluation import compare_with_linear

X = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
Y = X[:, 0] + X[:, 1]


@pytest.fixture(scope="module")
def fitted():
    model = diabolo.Autoencoder(2, hidden_layer_sizes=(4,), max_epochs=1, random_state=0).fit(X)
    compare_with_linear(model, X, Y, n_splits=2)
    return model


@pytest.fixture
def path(fitted, tmp_path):
    path = tmp_path / "model.diabolo"
    diabolo.save(fitted, path)
    return path


def test_it_comes_back_equal(fitted, path):
    loaded = diabolo.load(path)
    assert loaded.comparison_ == fitted.comparison_
    assert loaded.summary() == fitted.summary()
    assert str(loaded.comparison_) == str(fitted.comparison_)


def test_a_new_fit_drops_it_from_the_file(path):
    loaded = diabolo.load(path).fit(X)
    diabolo.save(loaded, path)
    assert not hasattr(diabolo.load(path), "comparison_")


def test_a_file_that_knows_nothing_of_it_loads(path, forge):
    forge(path, lambda record, _: record.pop("comparison"))
    loaded = diabolo.load(path)
    assert not hasattr(loaded, "comparison_")
    assert loaded.summary().splitlines()[-1].startswith("starts at")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda record: record.update(comparison=3), "the comparison lacks kind, "),
        (
            lambda record: record["comparison"].update(n_rows=-1),
            "the comparison's 'n_rows': expected a whole",
        ),
        (
            lambda record: record["comparison"]["rebuilding"].update(difference=float("inf")),
            "the comparison's 'rebuilding': expected a difference",
        ),
    ],
)
def test_a_forged_one_is_refused(path, forge, change, said):
    forge(path, lambda record, _: change(record))
    with pytest.raises(ModelFileError) as caught:
        diabolo.load(path)
    assert said in str(caught.value)
