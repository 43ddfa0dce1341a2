"""Estimators take a table that is read as it is needed, and give what they give of the array."""

import h5py
import jax
import numpy as np
import pandas as pd
import pytest

import diabolo
from diabolo import (
    Autoencoder,
    AutoencoderDetector,
    ConvolutionalAutoencoder,
    DenoisingAutoencoder,
    SparseAutoencoder,
    VariationalAutoencoder,
)
from diabolo.core.randomness import random_for
from diabolo.data.array_source import ArraySource
from diabolo.data.hold_out import split_rows
from diabolo.data.source import Source
from diabolo.errors import InputError, ParameterError
from diabolo.estimators import _detector_scoring, _memory
from diabolo.estimators._preparation import seed_of
from diabolo.training import forward, placement
from diabolo.training.pooled_rows import RowsPooled
from diabolo.training.rows import RowsStreamed

RANDOM = np.random.default_rng(11)
N_ROWS, N_FEATURES = 53, 6
X = (RANDOM.normal(size=(N_ROWS, 3)) @ RANDOM.normal(size=(3, N_FEATURES)) + 2).astype(np.float32)
AGE = (30 + 5 * X[:, 0]).round(1).astype(np.float64)
KIND = np.array([("cat", "dog")[row % 2] for row in range(N_ROWS)])
NAMES = [f"site{column}" for column in range(N_FEATURES)]
QUICK = {
    "n_components": 2,
    "hidden_layer_sizes": (4,),
    "max_epochs": 2,
    "batch_size": 8,
    "scale": "standard",
    "random_state": 0,
}


class BlockSource(ArraySource):
    """A table that says it is a file stored in blocks, and is read some rows at a time."""

    in_memory = False

    def __init__(self, array, block=1, at_once=None, **options):
        super().__init__(array, **options)
        self.block, self.at_once = (block, array.shape[1]), at_once

    def rows_at_once(self, cells):
        return super().rows_at_once(cells) if self.at_once is None else self.at_once


def streamed(monkeypatch, way):
    """Read small tables as large ones are, in a way of three; note what the streams were made of."""
    monkeypatch.setattr(placement, "_RESIDENT_BYTES", 0)
    row_bytes, batch = 4 * N_FEATURES, QUICK["batch_size"]
    if way == "pools go to the device":
        monkeypatch.setattr(_memory, "DEFAULT_BUFFER", 2 * 2 * batch * row_bytes)
    if way == "chunks of pools do":
        monkeypatch.setattr(placement, "_FEW_BATCHES", 1)
        monkeypatch.setattr(placement, "_CHUNK_BYTES", batch * row_bytes)
        monkeypatch.setattr(_memory, "DEFAULT_BUFFER", (3 + 2 * 2) * batch * row_bytes)
    made = []
    for kind in (RowsStreamed, RowsPooled):

        def noted(self, *arguments, init=kind.__init__, **settings):
            made.append(self)
            init(self, *arguments, **settings)

        monkeypatch.setattr(kind, "__init__", noted)
    return made


@pytest.fixture(params=["read once", "pools go to the device", "chunks of pools do"])
def streaming(request, monkeypatch):
    return streamed(monkeypatch, request.param)


@pytest.fixture(params=["pools go to the device", "chunks of pools do"])
def in_parts(request, monkeypatch):
    return streamed(monkeypatch, request.param)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    np.save(folder / "x.npy", X)
    with h5py.File(folder / "x.h5", "w") as file:
        file.create_dataset("data", data=X, chunks=(7, N_FEATURES))
        file["age"], file["kind"], file["feature_names"] = AGE, KIND.tolist(), NAMES
    return folder


@pytest.fixture(params=["x.npy", "x.h5"])
def source(request, folder):
    with diabolo.open(folder / request.param) as opened:
        yield opened


def assert_same(one, other, atol=1e-6):
    for first, second in zip(jax.tree.leaves(one.network_), jax.tree.leaves(other.network_), strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-5, atol=atol)
    for name in set(one.history_) - {"seconds"}:
        np.testing.assert_allclose(one.history_[name], other.history_[name], rtol=1e-5)


def bits(autoencoder):
    return [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(autoencoder.network_)]


# Fit


KINDS = {
    "dense": (Autoencoder, {"validation_fraction": 0.2}),
    "one batch": (Autoencoder, {"batch_size": 64}),
    "minmax": (Autoencoder, {"scale": "minmax", "loss": "binary_cross_entropy"}),
    "unscaled": (Autoencoder, {"scale": None}),
    "denoising": (DenoisingAutoencoder, {"noise": {"kind": "masking", "fill": "mean"}, "scale": None}),
    "sparse": (SparseAutoencoder, {"n_components": 5, "hidden_layer_sizes": ()}),
    "variational": (VariationalAutoencoder, {}),
    "pretrained": (Autoencoder, {"pretrain": "layerwise"}),
    "early stopping": (Autoencoder, {"early_stopping": True, "n_iter_no_change": 1, "max_epochs": 4}),
    "images": (ConvolutionalAutoencoder, {"image_shape": (2, 3), "filters": (2,), "n_components": None}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_on_disk_is_learned_from_as_the_array_is(kind, folder, streaming):
    make, settings = KINDS[kind]
    settings = {**QUICK, "shuffle": False, **settings}
    if kind == "images":
        del settings["hidden_layer_sizes"]
    in_memory = make(**settings).fit(X.astype(np.float64))  # at half its size it goes to the device whole
    assert not streaming
    with diabolo.open(folder / "x.h5") as source:
        on_disk = make(**settings).fit(source)
    assert streaming
    # The code of one batch is ordered by content, and so is that of the array.
    assert_same(on_disk, in_memory)
    np.testing.assert_array_equal(on_disk.scaler_.offset, in_memory.scaler_.offset)
    np.testing.assert_array_equal(on_disk.scaler_.factor, in_memory.scaler_.factor)
    assert on_disk.output_activation_ == in_memory.output_activation_


def test_a_small_table_on_disk_lies_on_the_device(source):
    """There the seed's order is that of the array, and so is every bit after the scaling."""
    settings = {**QUICK, "scale": None}
    assert bits(Autoencoder(**settings).fit(source)) == bits(Autoencoder(**settings).fit(X))


def test_sample_weights_weigh_alike(folder, streaming):
    weights = RANDOM.uniform(0, 2, N_ROWS) * (RANDOM.random(N_ROWS) < 0.8)
    # Where a masked cell becomes the column's mean, the weights weigh in that, too.
    settings = {**QUICK, "shuffle": False, "noise": {"kind": "masking", "fill": "mean"}, "scale": "minmax"}
    in_memory = DenoisingAutoencoder(**settings).fit(X, sample_weight=weights)
    with diabolo.open(folder / "x.npy") as source:
        on_disk = DenoisingAutoencoder(**settings).fit(source, sample_weight=weights)
    assert_same(on_disk, in_memory)
    others = DenoisingAutoencoder(**settings).fit(X)
    assert bits(others) != bits(in_memory)


def test_few_rows_of_weight_in_a_large_table(folder, streaming):
    """They fit one batch, where they are ordered by content and not by number; none may be lost."""
    weights = np.zeros(N_ROWS)
    weights[[3, 20, 21, 40, 50]] = 1
    settings = {**QUICK, "max_epochs": 1, "learning_rate": 1e-30}
    with diabolo.open(folder / "x.h5") as source:
        on_disk = Autoencoder(**settings).fit(source, sample_weight=weights)
    in_memory = Autoencoder(**settings).fit(X, sample_weight=weights)
    np.testing.assert_allclose(on_disk.history_["loss"], in_memory.history_["loss"], rtol=1e-5)


def test_partial_fit(folder, streaming):
    settings = {**QUICK, "shuffle": False}
    on_disk, in_memory = Autoencoder(**settings), Autoencoder(**settings)
    with diabolo.open(folder / "x.h5") as source:
        for _ in range(2):
            on_disk.partial_fit(source.rows(np.arange(30)))
            in_memory.partial_fit(X[:30])
        on_disk.partial_fit(source)
    in_memory.partial_fit(X)
    assert_same(on_disk, in_memory)
    assert on_disk.n_epochs_ == 3
    assert on_disk.feature_names_in_.tolist() == NAMES


@pytest.mark.parametrize("both", [True, False])
def test_held_out_rows_may_lie_on_disk(folder, streaming, both):
    settings = {**QUICK, "shuffle": False}
    in_memory = Autoencoder(**settings).fit(X[:40], X_validation=X[40:])
    with diabolo.open(folder / "x.npy") as source:
        training = source.rows(np.arange(40)) if both else X[:40]
        on_disk = Autoencoder(**settings).fit(training, X_validation=source.rows(np.arange(40, N_ROWS)))
    assert_same(on_disk, in_memory)
    assert len(on_disk.history_["validation_loss"]) == 2


def test_the_range_of_held_out_rows_is_their_own():
    """Though half of the rows are held out, and as many are trained on."""
    rows = np.random.default_rng(0).random((20, 4))
    settings = {**QUICK, "loss": "binary_cross_entropy", "scale": None, "validation_fraction": 0.5}
    kept = Autoencoder(**settings).fit(ArraySource(rows))
    _, held_out = split_rows(20, 0.5, int(random_for(seed_of(kept), "split").integers(2**31)))
    rows[held_out[0], 0] = 3.0
    for given in (rows, ArraySource(rows)):
        with pytest.raises(InputError, match=r"X runs from .* to 3"):
            Autoencoder(**settings).fit(given)


# The order of reading


def test_the_seed_decides_and_repeats(folder, in_parts):
    with diabolo.open(folder / "x.h5") as source:
        one, again = (Autoencoder(**QUICK).fit(source) for _ in range(2))
        other = Autoencoder(**{**QUICK, "random_state": 1}).fit(source)
        assert in_parts[0].block_rows == 7
    assert bits(one) == bits(again) != bits(other)
    loss = Autoencoder(**QUICK).fit(X).history_["loss"]
    np.testing.assert_allclose(one.history_["loss"], loss, rtol=0.2)  # another order, the same rows


@pytest.mark.parametrize("block", [1, 5, 16])
def test_how_a_file_is_read_changes_no_bit(in_parts, block):
    settings = {**QUICK, "validation_fraction": 0.2}
    fits = [
        Autoencoder(**settings).fit(BlockSource(X, block, at_once)) for at_once in (None, 1, 4, 17, N_ROWS)
    ]
    assert {stream.block_rows for stream in in_parts} == {block}
    for fit in fits[1:]:
        np.testing.assert_array_equal(fit.scaler_.offset, fits[0].scaler_.offset)
        assert bits(fit) == bits(fits[0])


def test_blocks_of_the_file_decide_which_rows_meet(in_parts):
    """A pool smaller than the table: neighbors come together, and another block size is another order."""
    settings = {**QUICK, "scale": None, "max_memory": None}
    made = {block: Autoencoder(**settings).fit(BlockSource(X, block)) for block in (1, 5)}
    assert bits(made[1]) != bits(made[5])


def test_what_fits_is_read_once_and_shuffled_as_an_array_is(monkeypatch):
    in_memory = bits(Autoencoder(**QUICK).fit(X))
    streams = streamed(monkeypatch, "read once")
    reads = []

    class Counted(BlockSource):
        def _read(self, rows, columns, out):
            reads.extend(range(rows.start, rows.stop))
            super()._read(rows, columns, out)

    on_disk = Autoencoder(**{**QUICK, "scale": None}).fit(Counted(X, 5))
    # Once to look at, once to train on, once for what the importance of features is told by.
    assert np.bincount(reads).max() <= 3
    assert [stream.block_rows for stream in streams] == [1]
    assert bits(on_disk) == bits(Autoencoder(**{**QUICK, "scale": None}).fit(X)) != in_memory


def test_rows_stored_one_by_one_are_shuffled_uniformly_whatever_the_memory(monkeypatch):
    settings = {**QUICK, "scale": None}
    expected = bits(Autoencoder(**settings).fit(X))
    for way in ("pools go to the device", "chunks of pools do"):
        with monkeypatch.context() as patch:
            streams = streamed(patch, way)
            assert bits(Autoencoder(**settings).fit(BlockSource(X))) == expected
            patch.setattr(_memory, "DEFAULT_BUFFER", _memory.DEFAULT_BUFFER + 2 * 8 * 4 * N_FEATURES)
            assert bits(Autoencoder(**settings).fit(BlockSource(X))) == expected
        assert [type(stream) for stream in streams] == 2 * [RowsStreamed if "go" in way else RowsPooled]
        sizes = [getattr(each, "rows_per_chunk", 0) or each.pool_rows for each in streams]
        assert sizes == [16, 24]


# Afterwards


@pytest.fixture(scope="module")
def fitted():
    frame = pd.DataFrame(X, columns=NAMES)
    return Autoencoder(**QUICK, supervision_weight=1.0).fit(frame, AGE)


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_what_a_fitted_model_gives_is_that_of_the_array(source, fitted):
    np.testing.assert_array_equal(fitted.transform(source), fitted.transform(X))
    np.testing.assert_array_equal(fitted.reconstruct(source), fitted.reconstruct(X))
    np.testing.assert_array_equal(fitted.predict(source), fitted.predict(X))
    for settings in ({}, {"per_feature": True}, {"metric": "absolute_error"}):
        np.testing.assert_array_equal(
            fitted.reconstruction_error(source, **settings), fitted.reconstruction_error(X, **settings)
        )
    assert fitted.score(source) == fitted.score(X)
    chosen = source.rows([3, 52, 3])
    np.testing.assert_array_equal(fitted.transform(chosen), fitted.transform(X[[3, 52, 3]]))


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_blocks_are_the_whole_some_rows_at_a_time(fitted, monkeypatch):
    monkeypatch.setattr(forward, "evaluation_batch_size", lambda widest: 20)
    for what, whole in (("transform", fitted.transform(X)), ("reconstruct", fitted.reconstruct(X))):
        parts = list(fitted.blocks(ArraySource(X), what))
        assert [(start, len(part)) for start, part in parts] == [(0, 20), (20, 20), (40, 13)]
        np.testing.assert_allclose(np.concatenate([part for _, part in parts]), whole, atol=1e-5)
    with pytest.raises(ParameterError, match="what='encode' is not possible; expected 'reconstruct' or 'tr"):
        fitted.blocks(X, "encode")


def test_blocks_read_no_more_than_they_need(fitted):
    read = []

    class Watched(ArraySource):
        in_memory = False

        def _read(self, rows, columns, out):
            read.append(rows.stop)
            super()._read(rows, columns, out)

    tall = np.tile(X, (20, 1))
    blocks = fitted.blocks(Watched(tall, feature_names=NAMES), "transform")
    assert read == []
    next(blocks)
    assert 0 < read[-1] < len(tall)


def test_images_of_a_table_come_back_as_rows():
    settings = {"image_shape": (2, 3), "filters": (2,), "max_epochs": 1, "random_state": 0}
    autoencoder = ConvolutionalAutoencoder(**settings).fit(ArraySource(X))
    assert autoencoder.image_shape_ == (2, 3, 1)
    assert autoencoder.reconstruct(ArraySource(X)).shape == X.shape
    np.testing.assert_array_equal(autoencoder.transform(ArraySource(X)), autoencoder.transform(X))
    with pytest.raises(InputError, match=r"X has 6 columns, but image_shape=\(5, 5\)"):
        ConvolutionalAutoencoder(**{**settings, "image_shape": (5, 5)}).fit(ArraySource(X))


def test_a_detector_takes_a_table_on_disk(folder):
    in_memory = AutoencoderDetector(random_state=0).fit(X)
    with diabolo.open(folder / "x.npy") as source:
        on_disk = AutoencoderDetector(random_state=0).fit(source)
        np.testing.assert_array_equal(on_disk.anomaly_score(source), in_memory.anomaly_score(X))
        np.testing.assert_array_equal(on_disk.predict(source), in_memory.predict(X))
        np.testing.assert_array_equal(
            on_disk.feature_contributions(source), in_memory.feature_contributions(X)
        )
    assert on_disk.threshold_ == in_memory.threshold_
    network = AutoencoderDetector(Autoencoder(**QUICK), random_state=0).fit(X)
    with diabolo.open(folder / "x.h5") as source:
        scores = AutoencoderDetector(Autoencoder(**QUICK), random_state=0).fit(source).anomaly_score(source)
    np.testing.assert_allclose(scores, network.anomaly_score(X), rtol=1e-5)


def test_an_autoencoder_of_ones_own_lets_a_detector_learn_from_a_table_larger_than_memory(monkeypatch):
    learned_from, trained = [], _detector_scoring.trained_members

    def noted(kind, rows, *others):
        learned_from.append(rows)
        return trained(kind, rows, *others)

    monkeypatch.setattr(_detector_scoring, "trained_members", noted)
    settings = {"held_out_fraction": 0.2, "contamination": 0.1, "random_state": 0}
    in_memory = AutoencoderDetector(Autoencoder(**QUICK), **settings).fit(X)
    for name, count in {"_CALIBRATION_CELLS": 1, "_LEAST_CALIBRATION_ROWS": 20}.items():
        monkeypatch.setattr(_detector_scoring, name, count)
    on_disk = AutoencoderDetector(Autoencoder(**QUICK), **settings).fit(BlockSource(X))
    assert all(isinstance(rows, Source) for rows in learned_from)
    half = len(learned_from) // 2
    assert [len(rows) for rows in learned_from[half:]] == [len(rows) for rows in learned_from[:half]]
    found, expected = on_disk.anomaly_score(BlockSource(X)), in_memory.anomaly_score(X)
    assert np.corrcoef(found, expected)[0, 1] > 0.9
    AutoencoderDetector("deep", cv=0, random_state=0).fit(BlockSource(X))
    assert not isinstance(learned_from[-1], Source)


# The target


def test_the_code_is_guided_by_the_target_that_came_along(folder):
    settings = {**QUICK, "supervision_weight": 1.0}
    given = Autoencoder(**settings).fit(X, AGE)
    with diabolo.open(folder / "x.h5", target="age") as source:
        own = Autoencoder(**settings).fit(source)
        assert own.target_.kind == "regression"
        np.testing.assert_allclose(own.predict(source), given.predict(X), rtol=1e-4)
        told = Autoencoder(**settings).fit(source, -AGE)  # what is given goes before what came along
        np.testing.assert_allclose([own.target_.offset, told.target_.offset], [[AGE.mean()], [-AGE.mean()]])
        # Held-out rows bring their own, too.
        parted = diabolo.hold_out(source, 10)
        measured = Autoencoder(**settings).fit(parted[0], X_validation=parted[1])
        assert np.isfinite(measured.history_["validation_supervised_loss"]).all()
    with diabolo.open(folder / "x.h5", target="kind") as source:
        classes = Autoencoder(**settings).fit(source)
        assert classes.classes_.tolist() == ["cat", "dog"]
        plain = Autoencoder(**QUICK).fit(source)  # a code without a guide has no use for it
        assert not hasattr(plain, "target_")


def test_a_guided_code_without_a_target_says_so(folder):
    settings = {**QUICK, "supervision_weight": 1.0}
    with diabolo.open(folder / "x.npy") as source, pytest.raises(InputError, match="requires y to be passed"):
        Autoencoder(**settings).fit(source)
    with pytest.raises(InputError, match="X_validation came without y_validation"):
        Autoencoder(**settings).fit(X, AGE, X_validation=ArraySource(X))


def test_a_target_with_gaps_guides_by_the_other_rows():
    ages = AGE.copy()
    ages[5] = np.nan
    source = ArraySource(X, carried={"age": ages}, target_name="age")
    fitted = Autoencoder(**QUICK, supervision_weight=1.0).fit(source)
    assert fitted.n_labeled_rows_ == len(X) - 1
    given = Autoencoder(**QUICK, supervision_weight=1.0).fit(X, ages)
    np.testing.assert_array_equal(fitted.predict(X), given.predict(X))


# Columns


def test_names_are_settled_and_compared(folder):
    with diabolo.open(folder / "x.h5") as source:
        autoencoder = Autoencoder(**QUICK).fit(source)
        assert autoencoder.feature_names_in_.tolist() == NAMES
        assert autoencoder.n_features_in_ == N_FEATURES
        assert autoencoder.transform(ArraySource(X)).shape == (
            N_ROWS,
            2,
        )  # nameless columns are taken on trust
        with pytest.raises(InputError) as caught:
            autoencoder.transform(source.columns([0, 2, 1, 3, 4, 5]))
        assert str(caught.value) == (
            f"{source.name}: column 1 is 'site2', but in Autoencoder's fit it was 'site1'; take them as they "
            "were: source.columns([source.feature_names.index(name) for name in model.feature_names_in_])."
        )
        autoencoder.fit(ArraySource(X))
        assert not hasattr(autoencoder, "feature_names_in_")


@pytest.mark.parametrize(
    "method", ["transform", "reconstruct", "reconstruction_error", "score", "partial_fit"]
)
def test_another_number_of_columns_is_refused(fitted, method):
    narrow = ArraySource(X[:, :4], name="narrow.h5")
    with pytest.raises(
        InputError, match=r"^narrow\.h5 has 4 features, but Autoencoder is expecting 6 features as input\.$"
    ):
        getattr(fitted, method)(narrow)


@pytest.mark.parametrize("n_rows", [0, 1])
def test_too_few_rows_are_refused(n_rows):
    with pytest.raises(InputError, match=rf"has {n_rows} row\(s\); Autoencoder needs at least 2"):
        Autoencoder(**QUICK).fit(ArraySource(X[:n_rows]))


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_bad_cells_are_found_as_they_are_read(fitted):
    rows = X.copy()
    rows[30, 2] = np.inf
    spoilt = ArraySource(rows, name="x.h5")
    for method in ("transform", "reconstruct", "reconstruction_error", "partial_fit"):
        with pytest.raises(InputError, match=r"x\.h5 contains infinity: Autoencoder .* in row 30, column 2"):
            getattr(fitted, method)(spoilt, *([AGE] if method == "partial_fit" else []))


def test_integers_are_learned_from_as_floats(streaming):
    whole = np.rint(X * 10).astype(np.int16)
    settings = {**QUICK, "shuffle": False}
    assert_same(Autoencoder(**settings).fit(ArraySource(whole)), Autoencoder(**settings).fit(whole))
