"""Missing cells: refused, filled from the training rows, or left out of the loss."""

import pickle

import jax
import numpy as np
import pandas as pd
import pytest

import diabolo
from diabolo import Autoencoder, ConvolutionalAutoencoder, DenoisingAutoencoder, VariationalAutoencoder
from diabolo.core import wide_network
from diabolo.core.randomness import random_for
from diabolo.data.array_source import ArraySource
from diabolo.data.hold_out import split_rows
from diabolo.errors import InputError, ParameterError
from diabolo.estimators._preparation import seed_of
from diabolo.training import packing, placement, program

RANDOM = np.random.default_rng(4)
WHOLE = RANDOM.normal(size=(24, 5)) @ RANDOM.normal(size=(5, 5)) + 3
AGE = WHOLE[:, 0] * 2 + 1
X = WHOLE.copy()
X[RANDOM.random(X.shape) < 0.2] = np.nan
X[3] = np.nan  # a row without any cell
X[4, 2] = np.nan
QUICK = {"n_components": 2, "hidden_layer_sizes": (), "max_epochs": 2, "random_state": 0}
# One step of plain gradient descent over all rows, with everything linear.
STEP = {
    "n_components": 2,
    "hidden_layer_sizes": (),
    "output_activation": "linear",
    "optimizer": "sgd",
    "optimizer_params": {"momentum": 0.0},
    "batch_size": 64,
    "max_epochs": 1,
    "random_state": 0,
    "missing": "mask",
}


def arrays(autoencoder):
    return [np.asarray(leaf, np.float64) for leaf in jax.tree.leaves(autoencoder.network_)]


def held_out_rows(n_rows, fraction, **parameters):
    seed = int(random_for(seed_of(Autoencoder(**parameters)), "split").integers(2**31))
    return split_rows(n_rows, fraction, seed)[1]


# Refusal


@pytest.mark.parametrize("as_source", [False, True])
def test_by_default_the_first_missing_cell_is_named(as_source):
    rows = WHOLE.copy()
    rows[7, 2] = rows[9, 0] = np.nan
    given = ArraySource(rows, feature_names=list("abcde"), name="ages.h5") if as_source else rows
    with pytest.raises(InputError) as caught:
        Autoencoder(**QUICK).fit(given)
    if as_source:
        assert str(caught.value) == (
            "ages.h5 contains NaN: Autoencoder found it first in row 7, column 2 ('c'), both counted from 0. "
            "Fill it, or set missing='mean' or missing='mask'. 2 cells are missing in all."
        )
    else:
        assert str(caught.value) == (
            "Input X contains NaN: Autoencoder found it first in row 7, column 2, both counted from 0. "
            "Fill it, or set missing='mean' or missing='mask'. 2 cells are missing in all."
        )


def test_one_missing_cell_is_not_counted():
    rows = WHOLE.copy()
    rows[7, 2] = np.nan
    with pytest.raises(InputError, match=r"or missing='mask'\.$"):
        Autoencoder(**QUICK).fit(ArraySource(rows))


def test_a_missing_cell_among_held_out_rows_is_refused_too():
    held_out = held_out_rows(24, 0.25, **QUICK)
    rows = WHOLE.copy()
    rows[held_out[0], 1] = np.nan
    for given in (rows, ArraySource(rows)):
        with pytest.raises(InputError, match=f"row {held_out[0]}, column 1"):
            Autoencoder(validation_fraction=0.25, **QUICK).fit(given)
    with pytest.raises(InputError, match="contains NaN"):
        Autoencoder(**QUICK).fit(WHOLE, X_validation=ArraySource(rows))


@pytest.mark.parametrize("missing", ["mean", "mask"])
@pytest.mark.parametrize("as_source", [False, True])
@pytest.mark.parametrize("cell", [np.inf, -np.inf, 1e300])
def test_a_cell_that_is_no_number_is_never_missing(missing, as_source, cell):
    rows = X.copy()
    rows[10, 3] = cell
    with pytest.raises(InputError, match=r"infinity|too large for float32.*row 10, column 3"):
        Autoencoder(missing=missing, **QUICK).fit(ArraySource(rows) if as_source else rows)


def test_infinities_of_both_signs_are_told_from_missing_cells():
    rows = WHOLE.copy()
    rows[10, 3], rows[11, 3] = np.inf, -np.inf
    with pytest.raises(InputError, match=r"contains infinity: .* row 10, column 3"):
        Autoencoder(**QUICK).fit(ArraySource(rows))


def test_another_way_to_take_them_is_refused():
    with pytest.raises(ParameterError, match=r"missing='median' is not possible.*'mean'.*'mask'"):
        Autoencoder(missing="median", **QUICK).fit(X)


def test_a_frame_may_have_gaps():
    frame = pd.DataFrame(X, columns=list("abcde"))
    autoencoder = Autoencoder(missing="mean", **QUICK).fit(frame)
    np.testing.assert_allclose(autoencoder.scaler_.fill, np.nanmean(X, axis=0), rtol=1e-12)


# Filled with the mean


@pytest.mark.parametrize("scale", [None, "standard", "minmax", "maxabs"])
def test_the_mean_fills_as_if_it_had_stood_there(scale):
    """Where the scaler does not change by it: of the extremes, and of no scaling."""
    filled = np.where(np.isnan(X), np.nanmean(X, axis=0), X)
    given = Autoencoder(missing="mean", scale=scale, **QUICK).fit(X)
    np.testing.assert_allclose(given.scaler_.fill, np.nanmean(X, axis=0), rtol=1e-12)
    np.testing.assert_array_equal(given.transform(X), given.transform(filled))
    np.testing.assert_array_equal(given.reconstruct(X), given.reconstruct(filled))
    if scale == "standard":
        np.testing.assert_allclose(1 / given.scaler_.factor, np.nanstd(X, axis=0), rtol=1e-12)
        return
    np.testing.assert_allclose(
        given.history_["loss"], Autoencoder(scale=scale, **QUICK).fit(filled).history_["loss"], rtol=1e-5
    )


def test_the_fill_and_the_scale_come_from_training_rows_alone():
    settings = {**QUICK, "missing": "mean", "scale": "standard", "validation_fraction": 0.25}
    held_out = held_out_rows(24, 0.25, **QUICK)
    training = np.setdiff1d(np.arange(24), held_out)
    changed = X.copy()
    changed[held_out] = RANDOM.normal(size=(len(held_out), 5)) * 50
    changed[held_out[0], 0] = np.nan
    one, other = (Autoencoder(**settings).fit(rows) for rows in (X, changed))
    np.testing.assert_allclose(one.scaler_.fill, np.nanmean(X[training], axis=0), rtol=1e-12)
    np.testing.assert_allclose(1 / one.scaler_.factor, np.nanstd(X[training], axis=0), rtol=1e-12)
    np.testing.assert_array_equal(one.scaler_.fill, other.scaler_.fill)
    np.testing.assert_array_equal(one.scaler_.factor, other.scaler_.factor)
    assert one.history_["loss"] == other.history_["loss"]
    for first, second in zip(arrays(one), arrays(other), strict=True):
        np.testing.assert_array_equal(first, second)
    assert one.history_["validation_loss"] != other.history_["validation_loss"]
    assert np.isfinite(other.history_["validation_loss"]).all()


def test_weights_weigh_in_the_fill():
    weights = np.linspace(0, 2, 24)
    autoencoder = Autoencoder(missing="mean", **QUICK).fit(X, sample_weight=weights)
    expected = np.nansum(weights[:, None] * X, axis=0) / (weights[:, None] * ~np.isnan(X)).sum(axis=0)
    np.testing.assert_allclose(autoencoder.scaler_.fill, expected, rtol=1e-12)


def test_whole_rows_are_learned_from_alike_in_every_way():
    histories = [
        Autoencoder(missing=missing, **QUICK).fit(WHOLE).history_["loss"]
        for missing in ("error", "mean", "mask")
    ]
    np.testing.assert_allclose(histories[1], histories[0], rtol=1e-6)
    np.testing.assert_allclose(histories[2], histories[0], rtol=1e-6)


# Left out of the loss


def masked_loss(parameters, rows, fill, *, is_tied=False, weights=None):
    """Write the loss of a linear network of one layer in float64: each row's mean over the cells there."""
    if is_tied:
        (first, code_bias, bias), last = parameters, parameters[0].T
    else:
        first, code_bias, last, bias = parameters
    code = np.where(np.isnan(rows), fill, rows) @ first + code_bias
    squares = (code @ last + bias - rows) ** 2
    counted = np.maximum((~np.isnan(rows)).sum(axis=1), 1)
    per_row = np.nansum(squares, axis=1) / counted
    return np.average(per_row, weights=weights)


def gradients(loss, parameters, step=1e-5):
    """Take central differences in float64; the loss is of the fourth degree, so the step is no matter."""
    found = []
    for leaf in parameters:
        slopes = np.zeros(leaf.shape)
        for place in np.ndindex(leaf.shape):
            kept = leaf[place]
            leaf[place] = kept + step
            above = loss(parameters)
            leaf[place] = kept - step
            below = loss(parameters)
            leaf[place] = kept
            slopes[place] = (above - below) / (2 * step)
        found.append(slopes)
    return found


def ordered(autoencoder, is_tied):
    """Return the first matrix, the code's bias, the last matrix unless it is tied, the last bias."""
    network = autoencoder.network_
    found = [network.encoder[0].weight, network.encoder[0].bias]
    found += [network.decoder[0].bias] if is_tied else [network.decoder[0].weight, network.decoder[0].bias]
    return [np.array(leaf, np.float64) for leaf in found]


def wide_table():
    random = np.random.default_rng(6)
    rows = random.normal(size=(12, 150))
    rows[random.random(rows.shape) < 0.3] = np.nan
    return rows


CASES = {
    "plain": (X, {}),
    "scaled": (X, {"scale": "standard"}),
    "tied": (X, {"tied_weights": True}),
    "scaled to the extremes, tied": (X, {"scale": "minmax", "tied_weights": True}),
    "in blocks of features": (wide_table(), {}),
    "in blocks of features, scaled, tied": (wide_table(), {"scale": "standard", "tied_weights": True}),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("weighted", [False, True])
def test_loss_and_gradient_are_those_of_the_cells_that_are_there(monkeypatch, case, weighted):
    rows, settings = CASES[case]
    found = []
    if "blocks" in case:
        for name in ("_LEAST_CELLS", "_LEAST_FEATURES", "_BLOCK_CELLS"):
            monkeypatch.setattr(wide_network, name, 0)
        monkeypatch.setattr(packing, "LARGE", 100)  # wide arrays stand by themselves

        def noted(*arguments):
            found.append(wide_network.wide_ends(*arguments))
            return found[-1]

        monkeypatch.setattr(program, "wide_ends", noted)
    weights = np.linspace(0.5, 1.5, len(rows)) if weighted else None
    still = Autoencoder(**{**STEP, **settings}, learning_rate=1e-30).fit(rows, sample_weight=weights)
    moved = Autoencoder(**{**STEP, **settings}, learning_rate=0.1).fit(rows, sample_weight=weights)
    if "blocks" in case:
        assert found[0].block == 64  # three blocks, the last one shorter
    is_tied = "tied_weights" in settings
    offset, factor, fill = still.scaler_.offset, still.scaler_.factor, still.scaler_.fill
    scaled, filled = (rows - offset) * factor, (fill - offset) * factor

    def loss(parameters):
        return masked_loss(parameters, scaled, filled, is_tied=is_tied, weights=weights)

    start, stop = ordered(still, is_tied), ordered(moved, is_tied)
    assert still.history_["loss"][0] == pytest.approx(loss(start), rel=1e-5)
    for before, after, slope in zip(start, stop, gradients(loss, start), strict=True):
        np.testing.assert_allclose((before - after) / 0.1, slope, rtol=1e-3, atol=2e-5)


def test_absolute_errors_are_of_the_cells_that_are_there():
    settings = {**STEP, "scale": None, "loss": "absolute_error"}
    autoencoder = Autoencoder(**settings, learning_rate=1e-30).fit(X)
    first, code_bias, last, bias = ordered(autoencoder, False)
    fill = autoencoder.scaler_.fill
    output = (np.where(np.isnan(X), fill, X) @ first + code_bias) @ last + bias
    count = np.maximum((~np.isnan(X)).sum(axis=1), 1)
    expected = (np.nansum(np.abs(output - X), axis=1) / count).mean()
    assert autoencoder.history_["loss"][0] == pytest.approx(expected, rel=1e-5)
    assert autoencoder.history_["mean_absolute_error"][0] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber"])
def test_nothing_is_learned_of_a_column_that_is_never_there(loss):
    rows = X.copy()
    rows[:, 1] = np.nan
    settings = {**STEP, "loss": loss, "max_epochs": 3, "batch_size": 8}
    still, moved = (Autoencoder(**settings, learning_rate=rate).fit(rows) for rate in (1e-30, 0.05))
    for before, after in zip(ordered(still, False)[2:], ordered(moved, False)[2:], strict=True):
        np.testing.assert_array_equal(after[..., 1], before[..., 1])
        assert (after[..., 0] != before[..., 0]).any()
    assert np.isfinite(moved.history_["loss"]).all()
    assert np.isfinite(moved.reconstruct(rows)).all()


def test_mask_and_mean_differ():
    mean, mask = (Autoencoder(missing=missing, **QUICK).fit(X) for missing in ("mean", "mask"))
    np.testing.assert_array_equal(mean.scaler_.fill, mask.scaler_.fill)
    assert mean.history_["loss"] != mask.history_["loss"]


def test_held_out_rows_are_measured_where_they_have_cells():
    autoencoder = Autoencoder(**STEP, scale=None, learning_rate=1e-30).fit(WHOLE, X_validation=X)
    expected = masked_loss(ordered(autoencoder, False), X, WHOLE.mean(axis=0))
    assert autoencoder.history_["validation_loss"][0] == pytest.approx(expected, rel=1e-5)


MORE = {
    "gaussian noise": (DenoisingAutoencoder, {"noise": 0.3}),
    "masking noise": (DenoisingAutoencoder, {"noise": {"kind": "masking", "fraction": 0.3}}),
    "masking noise with the mean": (
        DenoisingAutoencoder,
        {"noise": {"kind": "masking", "fraction": 0.3, "fill": "mean"}},
    ),
    "noise within the data": (DenoisingAutoencoder, {"noise": {"kind": "gaussian", "clip": "data"}}),
    "guided": (Autoencoder, {"supervision_weight": 1.0}),
    "pretrained": (Autoencoder, {"pretrain": "layerwise", "hidden_layer_sizes": (4,)}),
    "variational": (VariationalAutoencoder, {}),
    "sparse": (Autoencoder, {"penalty": {"kl_sparsity": 0.1}, "code_activation": "sigmoid"}),
    "top k": (Autoencoder, {"bottleneck": "topk", "bottleneck_params": {"k": 1}}),
    "contractive": (Autoencoder, {"penalty": {"contractive": 0.1}}),
    "images": (ConvolutionalAutoencoder, {"image_shape": (1, 5), "filters": (2,)}),
    "huber": (Autoencoder, {"loss": "huber"}),
    "cross-entropy": (Autoencoder, {"loss": "binary_cross_entropy", "scale": "minmax"}),
}


@pytest.mark.parametrize("case", MORE)
def test_every_kind_of_network_is_trained_past_gaps(case):
    kind, settings = MORE[case]
    settings = {**QUICK, "missing": "mask", "batch_size": 8, **settings}
    if kind is ConvolutionalAutoencoder:
        settings["n_components"] = None
        del settings["hidden_layer_sizes"]
    autoencoder = kind(**settings).fit(X, AGE, X_validation=X[:10], y_validation=AGE[:10])
    for name, column in autoencoder.history_.items():
        assert np.isfinite(column).all(), name
    for leaf in arrays(autoencoder):
        assert np.isfinite(leaf).all()
    assert np.isfinite(autoencoder.transform(X)).all()
    # An optimizer that starts anew finds the means and the range of the data again.
    autoencoder.partial_fit(X, AGE)
    assert np.isfinite(autoencoder.history_["loss"]).all()
    assert np.isfinite(autoencoder.transform(X)).all()


# Afterwards


@pytest.fixture(scope="module", params=["mean", "mask"])
def fitted(request):
    return Autoencoder(missing=request.param, scale="standard", **QUICK).fit(X)


def test_errors_are_of_the_cells_that_are_there(fitted):
    rebuilt = fitted.reconstruct(X).astype(np.float64)
    assert np.isfinite(rebuilt).all()
    cells = fitted.reconstruction_error(X, per_feature=True)
    np.testing.assert_array_equal(np.isnan(cells), np.isnan(X))
    with np.errstate(invalid="ignore"):
        count = (~np.isnan(X)).sum(axis=1)
        expected = np.nansum((X - rebuilt) ** 2, axis=1) / count
    np.testing.assert_allclose(fitted.reconstruction_error(X), expected, rtol=1e-10)
    assert np.isnan(fitted.reconstruction_error(X)[3])  # nothing is there to be missed
    absolute = fitted.reconstruction_error(X[:3], metric="absolute_error")
    np.testing.assert_allclose(absolute, np.nanmean(np.abs(X - rebuilt)[:3], axis=1), rtol=1e-10)


def test_the_score_is_of_the_rows_that_have_cells(fitted):
    errors = fitted.reconstruction_error(X)
    assert fitted.score(X) == pytest.approx(-np.nanmean(errors))
    assert np.isnan(fitted.score(X[3:4]))


def test_gaps_go_through_a_saved_model_alike(fitted, tmp_path):
    diabolo.save(fitted, tmp_path / "m.diabolo")
    for copy in (diabolo.load(tmp_path / "m.diabolo"), pickle.loads(pickle.dumps(fitted))):
        np.testing.assert_array_equal(copy.scaler_.fill, fitted.scaler_.fill)
        np.testing.assert_array_equal(copy.transform(X), fitted.transform(X))
        np.testing.assert_array_equal(copy.reconstruct(X), fitted.reconstruct(X))


def test_a_model_without_a_fill_is_saved_without_one(tmp_path):
    autoencoder = Autoencoder(**QUICK).fit(WHOLE)
    diabolo.save(autoencoder, tmp_path / "m.diabolo")
    loaded = diabolo.load(tmp_path / "m.diabolo")
    assert loaded.scaler_.fill is None
    with pytest.raises(InputError, match="contains NaN"):
        loaded.transform(X)


def test_a_table_on_disk_is_learned_from_as_one_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(placement, "_RESIDENT_BYTES", 0)
    np.save(tmp_path / "x.npy", X.astype(np.float32))
    rows = X.astype(np.float32)
    for missing in ("mean", "mask"):
        settings = {**QUICK, "missing": missing, "batch_size": 8, "shuffle": False, "scale": "standard"}
        in_memory = Autoencoder(**settings).fit(rows)
        with diabolo.open(tmp_path / "x.npy") as source:
            on_disk = Autoencoder(**settings).fit(source)
            np.testing.assert_array_equal(on_disk.transform(source), on_disk.transform(rows))
            np.testing.assert_array_equal(
                on_disk.reconstruction_error(source), on_disk.reconstruction_error(rows)
            )
        np.testing.assert_allclose(on_disk.transform(rows), in_memory.transform(rows), atol=1e-6)
        np.testing.assert_allclose(on_disk.history_["loss"], in_memory.history_["loss"], rtol=1e-6)
