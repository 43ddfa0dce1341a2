"""What a model file keeps for feature_importances_, and what it refuses of a stranger's."""

import numpy as np
import pytest
from tests.persistence.test_formats import write_format_1

import diabolo
from diabolo.errors import ModelFileError

SETTINGS = {"hidden_layer_sizes": (3,), "max_epochs": 2, "random_state": 0}


@pytest.mark.parametrize("guided", [0.0, 1.0])
def test_a_file_keeps_them(rows, tmp_path, guided):
    model = diabolo.Autoencoder(**SETTINGS, supervision_weight=guided, scale="standard").fit(rows, rows[:, 0])
    diabolo.save(model, tmp_path / "m")
    loaded = diabolo.load(tmp_path / "m")
    np.testing.assert_array_equal(loaded.feature_importances_, model.feature_importances_)


def test_a_file_of_an_earlier_format_has_none_and_is_written_again_without(tmp_path):
    write_format_1(tmp_path / "m")
    model = diabolo.load(tmp_path / "m")
    assert not hasattr(model, "feature_importances_")
    diabolo.save(model, tmp_path / "again")
    assert not hasattr(diabolo.load(tmp_path / "again"), "feature_importances_")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            lambda tensors: tensors.pop("importance.sums"),
            "'importance.sums': expected 1 to 256 rows, found 0",
        ),
        (lambda tensors: tensors.pop("importance.spread"), "'importance.spread': expected float32 of shape"),
        (
            lambda tensors: tensors.update({"importance.sums": np.zeros((257, 3), np.float32)}),
            "expected 1 to 256 rows, found 257",
        ),
        (
            lambda tensors: tensors.update({"importance.sums": np.zeros((2, 4), np.float32)}),
            "expected float32 of shape",
        ),
        (lambda tensors: tensors["importance.spread"].fill(np.nan), "expected finite numbers"),
        (lambda tensors: tensors["importance.spread"].fill(-1), "expected no number below 0, found -1.0"),
    ],
)
def test_a_forged_sample_is_refused(rows, tmp_path, forge, change, text):
    diabolo.save(diabolo.Autoencoder(**SETTINGS).fit(rows), tmp_path / "m")

    def forged(record, tensors):
        tensors.update({name: np.array(value) for name, value in tensors.items()})
        change(tensors)

    forge(tmp_path / "m", forged)
    with pytest.raises(ModelFileError, match=text):
        diabolo.load(tmp_path / "m")
