# ruff: noqa: E501 - error messages are shown whole, one a line
"""Which model has which part, and what is said where it has none."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError

import diabolo
from diabolo.errors import InputError, ParameterError
from diabolo.export import to_onnx
from diabolo.export.parts import PARTS, checked_part

X = np.random.default_rng(0).random((40, 3)).astype(np.float32)
QUICK = {"hidden_layer_sizes": (4,), "max_epochs": 1, "random_state": 0}


@pytest.fixture(scope="module")
def plain():
    return diabolo.Autoencoder(2, **QUICK).fit(X)


def test_the_usual_part(plain):
    assert checked_part(plain, None) == "encode"
    assert checked_part(diabolo.AutoencoderDetector(random_state=0).fit(X), None) == "score"


def test_a_part_that_there_is_not(plain):
    with pytest.raises(ParameterError) as caught:
        checked_part(plain, "transform")
    assert str(caught.value) == (
        "part='transform' is not possible; expected one of 'encode', 'decode', 'reconstruct', 'score', 'predict'. Did you mean 'encode'?"
    )


def test_a_part_that_this_model_has_not(plain):
    with pytest.raises(ParameterError) as caught:
        checked_part(plain, "predict")
    assert str(caught.value) == (
        "part='predict' needs a code that a target guided, or a detector, and this Autoencoder was fitted with supervision_weight=0."
    )
    detector = diabolo.AutoencoderDetector(random_state=0).fit(X)
    with pytest.raises(ParameterError) as caught:
        checked_part(detector, "decode")
    assert str(caught.value) == (
        "part='decode' is of autoencoders, and AutoencoderDetector finds anomalies by some of them; expected part='score', part='predict' or part='reconstruct'."
    )


def test_what_is_no_model():
    with pytest.raises(InputError) as caught:
        checked_part(PCA(), "encode")
    assert str(caught.value) == (
        "a PCA is no model of Diabolo's; pass a fitted one, such as an Autoencoder. A Pipeline is exported by skl2onnx: see diabolo.export.register_skl2onnx."
    )
    with pytest.raises(NotFittedError):
        checked_part(diabolo.Autoencoder(), "encode")


def test_a_network_of_ones_own_is_refused(tmp_path):
    weight = np.random.default_rng(0).normal(size=(3, 2)).astype(np.float32)
    encoder, decoder = jax.tree_util.Partial(jnp.matmul, weight.T), jax.tree_util.Partial(jnp.matmul, weight)
    own = diabolo.Autoencoder(encoder=encoder, decoder=decoder, max_epochs=1).fit(X)
    said = "Autoencoder has a network of your own, whose layers ONNX does not know; diabolo.export.to_stablehlo writes what jax.export makes of it."
    with pytest.raises(ParameterError) as caught:
        to_onnx(own, tmp_path / "own.onnx")
    assert str(caught.value) == said
    assert not (tmp_path / "own.onnx").exists()
    kind = diabolo.Autoencoder(encoder=encoder, decoder=decoder, max_epochs=1)
    detector = diabolo.AutoencoderDetector(kind, random_state=0).fit(X)
    with pytest.raises(ParameterError) as caught:
        to_onnx(detector, tmp_path / "own.onnx")
    assert str(caught.value) == (
        "AutoencoderDetector has a network of your own, whose layers ONNX does not know; diabolo.export.to_stablehlo writes what jax.export makes of it, of an autoencoder that is fitted with it."
    )


def test_the_parts_are_those_of_the_command_line():
    from diabolo.cli.export import PAGE

    option = next(each for each in PAGE.options if each.name == "part")
    assert option.kind.names == PARTS
