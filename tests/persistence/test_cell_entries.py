"""What a model file keeps of missing cells, and what it refuses of a stranger's."""

import numpy as np
import pytest

import diabolo
from diabolo.errors import ModelFileError

SETTINGS = {"hidden_layer_sizes": (3,), "max_epochs": 1, "random_state": 0}
ROWS = np.random.default_rng(0).normal(size=(30, 5))
ROWS[::4, 2] = np.nan


@pytest.fixture(scope="module")
def fitted():
    return diabolo.Autoencoder(**SETTINGS, missing="mask").fit(ROWS)


def test_a_file_keeps_it(fitted, tmp_path):
    diabolo.save(fitted, tmp_path / "m")
    assert np.array_equal(diabolo.load(tmp_path / "m").impute(ROWS), fitted.impute(ROWS))


def test_a_model_that_takes_no_missing_cells_keeps_nothing(tmp_path):
    diabolo.save(diabolo.Autoencoder(**SETTINGS).fit(np.nan_to_num(ROWS)), tmp_path / "m")
    assert diabolo.load(tmp_path / "m")._cell_model is None


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda tensors: tensors.pop("cells.center"), "'cells.center': expected float64 of shape"),
        (lambda tensors: tensors["cells.spread"].fill(0), "'cells.spread': expected numbers above 0"),
        (
            lambda tensors: tensors["cells.lowest"].fill(1e9),
            "'cells.lowest': expected no number above 'cells.highest'",
        ),
        (
            lambda tensors: tensors.update({"cells.shares": np.zeros((9, 5))}),
            "'cells.shares': expected at most 4 rows, found 9",
        ),
        (
            lambda tensors: tensors.update({"cells.shares": np.full((1, 5), 2.0)}),
            "'cells.shares': expected numbers from 0 to 1",
        ),
        (
            lambda tensors: tensors["cells.precision"].fill(1),
            "'cells.precision': expected a positive definite matrix",
        ),
        (lambda tensors: tensors["cells.precision"].fill(np.nan), "expected finite numbers"),
        (lambda tensors: tensors.pop("cells.mean"), "'cells.mean': expected float64 of shape"),
    ],
)
def test_a_forged_one_is_refused(fitted, tmp_path, forge, change, text):
    diabolo.save(fitted, tmp_path / "m")

    def forged(record, tensors):
        tensors.update({name: np.array(value) for name, value in tensors.items()})
        change(tensors)

    forge(tmp_path / "m", forged)
    with pytest.raises(ModelFileError, match=text):
        diabolo.load(tmp_path / "m")
