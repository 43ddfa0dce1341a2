import jax
import numpy as np

from diabolo import Autoencoder, ConvolutionalAutoencoder
from diabolo.reporting.described_model import described_model


def test_layers_and_sizes_of_an_autoencoder(autoencoder):
    found = described_model(autoencoder, "map.diabolo")
    assert (found["name"], found["file"], found["is_detector"]) == ("Autoencoder", "map.diabolo", False)
    assert (found["n_features"], found["n_components"]) == (7, 3)
    assert found["n_parameters"] == autoencoder.n_parameters_
    shapes = autoencoder.network_.layer_shapes()
    assert [(layer["n_inputs"], layer["n_outputs"]) for layer in found["layers"]] == [
        (shape.inputs, shape.outputs) for shape in shapes
    ]
    assert ["max_epochs", "2", True] in found["parameters"]
    assert ["scale", repr(autoencoder.scale), False] in found["parameters"]
    assert ["jax", jax.__version__] in found["versions"]


def test_sides_of_images_are_multiplied():
    X = np.random.default_rng(0).random((9, 6, 4, 1))
    model = ConvolutionalAutoencoder(2, filters=(3,), max_epochs=1, random_state=0).fit(X)
    first = described_model(model, None)["layers"][0]
    assert (first["inputs"], first["n_inputs"], first["n_outputs"]) == ("6x4x1", 24, 3 * 2 * 3)


def test_a_solved_detector_has_two_layers(detector):
    found = described_model(detector, None)
    width = max(len(each.components) for each in detector.members_)
    assert found["is_detector"]
    assert [layer["tied"] for layer in found["layers"]] == [False, True]
    assert found["n_parameters"] == width * 7 + 7
    assert found["n_components"] == width


def test_long_parameters_are_cut_and_say_no_addresses(table):
    class Encoder:
        pass

    model = Autoencoder(2, hidden_layer_sizes=(3,), max_epochs=1, random_state=0).fit(table)
    model._fitted_parameters["encoder"] = Encoder()
    model._fitted_parameters["penalty"] = {"a" * 200: 1}
    texts = {name: text for name, text, _ in described_model(model, None)["parameters"]}
    assert "0x" not in texts["encoder"]
    assert len(texts["penalty"]) == 120
