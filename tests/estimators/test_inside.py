import equinox
import numpy as np
import pytest
from tests.reporting.conftest import worked_out

from diabolo import (
    Autoencoder,
    AutoencoderDetector,
    ConvolutionalAutoencoder,
    DenoisingAutoencoder,
    SparseAutoencoder,
    VariationalAutoencoder,
)
from diabolo.errors import InputError
from diabolo.estimators.inside import (
    Decoder,
    code_blocks,
    decoder_of,
    label_states,
    largest_member,
    n_components_of,
    rows_of,
    scaling_of,
    some_rows,
)
from diabolo.reporting.feature_view import FeatureView
from diabolo.reporting.row_kind import RowKind

RANDOM = np.random.default_rng(0)
X = (RANDOM.normal(size=(80, 3)) @ RANDOM.normal(size=(3, 8)) * 4 + 7).astype(np.float32)
QUICK = {"max_epochs": 2, "random_state": 0}


def equinox_linear(key, widths):
    return equinox.nn.Linear(*widths, key=key)


def as_dict(decoder):
    """As the page has it."""
    n_features = len(decoder.offset)
    return FeatureView(RowKind("table", None), n_features).decoder(decoder)


@pytest.mark.parametrize(
    "model",
    [
        Autoencoder(2, hidden_layer_sizes=(6, 4), activation="tanh", **QUICK),
        Autoencoder(2, tied_weights=True, hidden_layer_sizes=(6,), activation="softplus", **QUICK),
        Autoencoder(2, activation="leaky_relu", output_activation="sigmoid", scale="minmax", **QUICK),
        Autoencoder(5, bottleneck="topk", bottleneck_params={"k": 2}, activation="elu", **QUICK),
        Autoencoder(2, pretrain="layerwise", hidden_layer_sizes=(6, 4), **QUICK),
        VariationalAutoencoder(2, hidden_layer_sizes=(6,), **QUICK),
        VariationalAutoencoder(2, tied_weights=True, hidden_layer_sizes=(6,), **QUICK),
        VariationalAutoencoder(2, tied_weights=True, hidden_layer_sizes=(), **QUICK),
        DenoisingAutoencoder(2, **QUICK),
        SparseAutoencoder(9, **QUICK),
    ],
    ids=lambda model: repr(model)[:60],
)  # fmt: skip
def test_the_layers_decode_as_inverse_transform(model):
    model.fit(X)
    codes = model.transform(X)
    np.testing.assert_allclose(
        worked_out(as_dict(decoder_of(model)), codes), model.inverse_transform(codes), rtol=1e-4, atol=1e-4
    )


def test_the_layers_of_a_guided_network_decode_too():
    model = Autoencoder(2, supervision_weight=1.0, **QUICK).fit(X, RANDOM.integers(0, 2, len(X)))
    codes = model.transform(X)
    np.testing.assert_allclose(
        worked_out(as_dict(decoder_of(model)), codes), model.inverse_transform(codes), rtol=1e-4, atol=1e-4
    )


def test_the_layers_of_a_detectors_convolutional_member_decode_too():
    images = RANDOM.random((20, 7, 5))
    member = ConvolutionalAutoencoder(2, filters=(3,), **QUICK)
    detector = AutoencoderDetector(member, random_state=0).fit(images)
    assert len(detector.members_) == 1
    codes = np.concatenate([block for _, block in code_blocks(detector, images)])
    made = worked_out(as_dict(decoder_of(detector)), codes)
    np.testing.assert_allclose(made, detector.reconstruct(images).reshape(20, -1), atol=1e-4)


@pytest.mark.parametrize("kind", ["linear", "deep", Autoencoder(2, **QUICK)], ids=str)
def test_a_detectors_largest_member_decodes_the_rows_that_it_gives_back(kind):
    detector = AutoencoderDetector(kind, random_state=0).fit(X)
    detector._learned.members[:] = [largest_member(detector)]  # of several it gives back their mean
    codes = np.concatenate([block for _, block in code_blocks(detector, X)])
    assert codes.shape == (80, n_components_of(detector))
    made = worked_out(as_dict(decoder_of(detector)), codes)
    np.testing.assert_allclose(made, detector.reconstruct(X), rtol=1e-3, atol=1e-3)


def test_trained_members_come_before_linear_ones_and_wide_ones_first():
    linear = AutoencoderDetector(random_state=0).fit(X)
    assert n_components_of(linear) == max(len(each.components) for each in linear.members_)
    deep = AutoencoderDetector("deep", random_state=0).fit(X)
    assert isinstance(largest_member(deep), Autoencoder)


def test_codes_of_an_autoencoder_are_those_of_transform():
    model = Autoencoder(2, **QUICK).fit(X)
    np.testing.assert_array_equal(next(code_blocks(model, X))[1], model.transform(X))


@pytest.mark.parametrize(
    ("model", "rows", "why"),
    [
        (
            Autoencoder(2, encoder=equinox_linear, decoder=equinox_linear, **QUICK),
            X,
            "own_network",
        ),
        (
            Autoencoder(2, categories=[1], **QUICK),
            np.array([["a", "b"] * 40, X[:, 0]], object).T,
            "categories",
        ),
    ],
)
def test_what_has_no_decoder_says_why(model, rows, why):
    if why == "categories":
        rows = rows[:, ::-1]
    assert decoder_of(model.fit(rows)) == why


def test_rows_are_scaled_as_the_network_sees_them():
    model = Autoencoder(2, scale="standard", **QUICK).fit(X)
    offset, factor = scaling_of(model)
    np.testing.assert_allclose((X - offset) * factor, (X - X.mean(axis=0)) / X.std(axis=0), atol=1e-4)
    detector = AutoencoderDetector(random_state=0).fit(X)
    offset, _ = scaling_of(detector)
    np.testing.assert_allclose(offset, np.median(X, axis=0), atol=1e-4)


def test_some_rows_are_rows_that_every_method_takes():
    rows = np.array([["a", 1.0], ["b", 2.0], ["a", 3.0], ["b", 1.5]], object)
    model = Autoencoder(1, categories=[0], **QUICK).fit(rows)
    some = some_rows(rows_of(model, rows), np.array([2, 0]))
    np.testing.assert_array_equal(model.transform(some), model.transform(rows)[[2, 0]])
    assert isinstance(decoder_of(Autoencoder(1, **QUICK).fit(X)), Decoder)


def test_labels_say_what_is_normal_as_evaluate_takes_them():
    detector = AutoencoderDetector(random_state=0).fit(X)
    states = label_states(detector, [1, -1, None], 3)
    assert states.is_anomaly.tolist() == [False, True, False]
    assert states.is_known.tolist() == [True, True, False]
    assert label_states(detector, ["a", "b"], 2) is None
    assert label_states(detector, ["a", "b"], 2, "a").is_anomaly.tolist() == [False, True]
    with pytest.raises(InputError, match="no label in y equals normal_label='c'"):
        label_states(detector, ["a", "b"], 2, "c")
