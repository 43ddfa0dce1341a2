"""Models with categories, saved, loaded, and forged."""

import numpy as np
import pandas
import pytest

import diabolo
from diabolo.errors import ModelFileError
from diabolo.persistence.detector_record import detector_from_record, detector_record
from diabolo.persistence.model_record import network_from_record, network_record

RANDOM = np.random.default_rng(0)
X = pandas.DataFrame(
    {
        "size": RANDOM.normal(size=40),
        "colour": RANDOM.choice(["red", "blue", "green"], 40),
        "kind": RANDOM.choice(["x", "y"], 40),
    }
)
CATEGORIES = ("colour", "kind")
FIT = {"categories": CATEGORIES, "max_epochs": 2, "random_state": 0, "hidden_layer_sizes": (6,)}
MODELS = {
    "plain": diabolo.Autoencoder(2, **FIT),
    "masked": diabolo.Autoencoder(2, missing="mask", handle_unknown="ignore", **FIT),
    "denoising": diabolo.DenoisingAutoencoder(2, noise={"kind": "masking"}, **FIT),
    "auto": diabolo.VariationalAutoencoder(2, **{**FIT, "categories": "auto"}),
}


@pytest.mark.parametrize("name", MODELS)
def test_an_autoencoder_comes_back(name, tmp_path):
    saved = MODELS[name].fit(X)
    diabolo.save(saved, tmp_path / "m.diabolo")
    loaded = diabolo.load(tmp_path / "m.diabolo")
    assert loaded.categories_ == saved.categories_
    assert loaded.categories == saved.categories
    np.testing.assert_array_equal(loaded.transform(X), saved.transform(X))
    np.testing.assert_array_equal(loaded.reconstruct(X), saved.reconstruct(X))
    np.testing.assert_array_equal(loaded.feature_importances_, saved.feature_importances_)
    loaded.partial_fit(X)


@pytest.mark.parametrize("kind", ["linear", "deep"])
def test_a_detector_comes_back(kind, tmp_path):
    saved = diabolo.AutoencoderDetector(kind, categories=CATEGORIES, random_state=0, cv=2).fit(X)
    diabolo.save(saved, tmp_path / "m.diabolo")
    loaded = diabolo.load(tmp_path / "m.diabolo")
    assert loaded.categories_ == saved.categories_
    np.testing.assert_array_equal(loaded.feature_contributions(X), saved.feature_contributions(X))
    np.testing.assert_array_equal(loaded.anomaly_pvalue(X), saved.anomaly_pvalue(X))
    np.testing.assert_array_equal(loaded.reconstruct(X), saved.reconstruct(X))


FITTED = diabolo.Autoencoder(2, **FIT).fit(X)
DETECTOR = diabolo.AutoencoderDetector(categories=CATEGORIES, random_state=0, cv=0).fit(X)


def test_a_record_holds_places_and_values():
    entry = network_record(FITTED)[1]["categories"]
    assert entry == {"columns": [2, 1], "values": [["x", "y"], ["blue", "green", "red"]]}
    assert (
        network_record(diabolo.Autoencoder(2, max_epochs=1).fit(X[["size"]].assign(b=1.0)))[1]["categories"]
        is None
    )


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (None, "the record's 'categories': expected those that the parameters name, found None"),
        ({"columns": [2, 3], "values": [["x"], ["y"]]}, "expected different ones of 3 columns"),
        ({"columns": [2, 2], "values": [["x"], ["y"]]}, "expected different ones of 3 columns"),
        ({"columns": [], "values": []}, "expected different ones of 3 columns"),
        ({"columns": [2, 1], "values": [["x", "y"]]}, "expected different texts, in order, of each column"),
        ({"columns": [2, 1], "values": [["y", "x"], ["a", "b", "c"]]}, "expected different texts, in order"),
        ({"columns": [2, 1], "values": [["x", 3], ["a", "b", "c"]]}, "expected different texts, in order"),
        (
            {"columns": [1, 2], "values": [["a", "b", "c"], ["x", "y"]]},
            "expected columns of few values first",
        ),
        ({"columns": [2, 1], "values": [["x"], ["a", "b", "c"]]}, "expected float32 of shape"),
        ({"columns": [2]}, "the record's 'values': expected the values of each, found nothing"),
    ],
)
def test_other_entries_are_refused(entry, words):
    tensors, record = network_record(FITTED)
    with pytest.raises(ModelFileError, match=words):
        network_from_record(tensors, {**record, "categories": entry})
    tensors, record = detector_record(DETECTOR)
    if "float32" not in words:
        with pytest.raises(ModelFileError, match=words):
            detector_from_record(tensors, {**record, "categories": entry})


def test_frequencies_must_be_some():
    tensors, record = network_record(FITTED)
    offset = tensors["scaler.offset"].copy()
    offset[1] = 0.0
    with pytest.raises(ModelFileError, match=r"'scaler.offset': expected frequencies of a category"):
        network_from_record({**tensors, "scaler.offset": offset}, record)


def test_a_file_of_an_earlier_time_has_no_such_entry():
    numbers = diabolo.Autoencoder(1, max_epochs=1, random_state=0).fit(X[["size"]].assign(b=2.0 * X["size"]))
    tensors, record = network_record(numbers)
    del record["categories"], record["parameters"]["categories"], record["parameters"]["handle_unknown"]
    assert not hasattr(network_from_record(tensors, record), "categories_")
