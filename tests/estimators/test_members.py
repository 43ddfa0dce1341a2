"""Members trained side by side against the same estimators trained alone."""

import numpy as np
import pytest

from diabolo import Autoencoder, ConvolutionalAutoencoder
from diabolo.errors import TrainingDivergedError
from diabolo.estimators import _members
from diabolo.estimators._members import train_members


def members(n, **settings):
    usual = {"hidden_layer_sizes": (5,), "max_epochs": 4, "batch_size": 16, "output_activation": "linear"}
    usual["initializer"] = "glorot_uniform"
    return [Autoencoder(2, **{**usual, **settings}, random_state=seed) for seed in range(n)]


def first_matrix(member):
    return np.asarray(member.network_.encoder[0].weight)


def test_the_first_member_is_what_it_would_be_alone(rows):
    # It sees the same rows in the same order from the same weights.
    trained = members(3)
    train_members(trained, rows, None)
    alone = members(1)[0].fit(rows)
    np.testing.assert_allclose(first_matrix(trained[0]), first_matrix(alone), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(trained[0].transform(rows), alone.transform(rows), rtol=1e-3, atol=1e-4)


def test_in_one_order_every_member_is_what_it_would_be_alone(rows):
    trained = members(3, shuffle=False)
    train_members(trained, rows, None)
    for member, alone in zip(trained, members(3, shuffle=False), strict=True):
        np.testing.assert_allclose(first_matrix(member), first_matrix(alone.fit(rows)), rtol=1e-4, atol=1e-6)


def test_each_member_starts_at_the_linear_answer_as_it_would_alone(rows):
    settings = {"initializer": "linear", "learning_rate": 1e-30}
    trained = members(3, **settings)
    train_members(trained, rows, None)
    for member, alone in zip(trained, members(3, **settings), strict=True):
        np.testing.assert_allclose(first_matrix(member), first_matrix(alone.fit(rows)), rtol=1e-6)
    assert not np.allclose(first_matrix(trained[0]), first_matrix(trained[1]))


@pytest.mark.parametrize("noise", [None, 0.3])
def test_the_number_of_processors_does_not_matter(rows, monkeypatch, noise):
    found = []
    for processors in (1, 2, 3):
        monkeypatch.setattr(_members, "_processors", lambda processors=processors: processors)
        trained = members(7, noise=noise)
        train_members(trained, rows, None)
        found.append([first_matrix(member) for member in trained])
    np.testing.assert_allclose(found[1], found[0], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found[2], found[0], rtol=1e-4, atol=1e-6)


def test_each_member_has_noise_of_its_own(rows):
    trained = members(2, noise=0.5)
    same = [Autoencoder(**{**member.get_params(), "random_state": 0}) for member in trained]
    train_members(same, rows, None)
    assert not np.allclose(first_matrix(same[0]), first_matrix(same[1]))


@pytest.mark.parametrize(
    ("n_members", "processors", "sizes"),
    [(1, 4, [1]), (2, 4, [2]), (5, 2, [2, 3]), (10, 2, [5, 5]), (10, 4, [2, 3, 2, 3]), (10, 64, [2] * 5)],
)
def test_shares_are_even_and_never_of_one(n_members, processors, sizes):
    shares = _members._shares(n_members, processors)
    assert [share.stop - share.start for share in shares] == sizes
    assert [share.start for share in shares] == [0, *np.cumsum(sizes)[:-1]]


@pytest.mark.parametrize(
    "settings",
    [{"max_gradient_norm": 1.0}, {"optimizer": "adamw"}, {"pretrain": "layerwise"}],
    ids=lambda settings: next(iter(settings)),
)
def test_what_couples_a_networks_numbers_is_trained_one_by_one(rows, settings):
    trained = members(2, **settings)
    train_members(trained, rows, None)
    alone = members(2, **settings)[1].fit(rows)
    np.testing.assert_array_equal(first_matrix(trained[1]), first_matrix(alone))


def test_images_are_trained_one_by_one():
    images = np.random.default_rng(0).random((20, 8, 8), dtype=np.float32)
    kinds = [ConvolutionalAutoencoder(filters=(3,), max_epochs=1, random_state=seed) for seed in (0, 1)]
    train_members(kinds, images, None)
    alone = ConvolutionalAutoencoder(filters=(3,), max_epochs=1, random_state=1).fit(images)
    np.testing.assert_array_equal(kinds[1].transform(images), alone.transform(images))


def test_weights_of_zero_leave_rows_out(rows):
    weights = np.r_[np.ones(40), np.zeros(20)]
    trained, others = members(2, shuffle=False), members(2, shuffle=False)
    train_members(trained, rows, weights)
    train_members(others, rows[:40], None)
    np.testing.assert_allclose(first_matrix(trained[1]), first_matrix(others[1]), rtol=1e-4, atol=1e-6)


def test_a_divergence_is_told_of(rows):
    with pytest.raises(TrainingDivergedError):
        train_members(members(4, learning_rate=1e30, optimizer="sgd", max_epochs=30), rows, None)


def test_early_stopping_holds_out_rows(rows):
    trained = members(2, early_stopping=True, max_epochs=50, n_iter_no_change=2)
    train_members(trained, rows, None)
    assert len(trained[0].history_["validation_loss"]) == trained[0].n_epochs_
