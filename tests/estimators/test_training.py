"""Layerwise pretraining: one history a pair of layers, and a start that changes the fit."""

import numpy as np
import pytest

from diabolo import Autoencoder, DenoisingAutoencoder
from diabolo.errors import ParameterError, TrainingDivergedError

DEEP = {"hidden_layer_sizes": (12, 6), "max_epochs": 1, "random_state": 0, "batch_size": 16}


def test_each_pair_of_layers_has_a_history_with_a_falling_loss(rows):
    fitted = Autoencoder(2, pretrain="layerwise", pretrain_epochs=25, learning_rate=0.01, **DEEP)
    fitted.fit(rows)
    assert len(fitted.pretrain_history_) == 3
    for history in fitted.pretrain_history_:
        assert len(history["loss"]) == 25
        assert history["loss"][-1] < 0.9 * history["loss"][0]
    assert len(fitted.history_["loss"]) == 1


def test_it_starts_nearer_the_rows_than_random_weights_do(rows):
    settings = {**DEEP, "activation": "tanh", "learning_rate": 0.01}
    pretrained = Autoencoder(2, pretrain="layerwise", pretrain_epochs=40, **settings).fit(rows)
    plain = Autoencoder(2, **settings).fit(rows)
    assert plain.pretrain_history_ == []
    assert pretrained.history_["loss"][0] < 0.8 * plain.history_["loss"][0]
    assert not np.array_equal(pretrained.transform(rows), plain.transform(rows))


def test_its_epochs_move_the_result(rows):
    one, other = (Autoencoder(2, pretrain="layerwise", pretrain_epochs=n, **DEEP).fit(rows) for n in (1, 5))
    assert not np.allclose(one.transform(rows), other.transform(rows), rtol=1e-3)
    assert len(other.pretrain_history_[0]["loss"]) == 5


def test_noise_penalties_and_bottleneck_go_where_they_belong(rows):
    fitted = DenoisingAutoencoder(
        2,
        noise={"kind": "masking"},
        penalty={"weight_decay": 1e-3, "contractive": 0.1},
        pretrain="layerwise",
        pretrain_epochs=2,
        **DEEP,
    ).fit(rows)
    hidden, _, code = fitted.pretrain_history_
    assert "weight_decay" in hidden
    assert "contractive" not in hidden
    assert "contractive" in code
    gaussian = Autoencoder(
        2, bottleneck="gaussian", pretrain="layerwise", pretrain_epochs=2, supervision_weight=1.0, **DEEP
    ).fit(rows, rows[:, 0])
    assert ["kl_divergence" in history for history in gaussian.pretrain_history_] == [False, False, True]
    assert not any("supervised_loss" in history for history in gaussian.pretrain_history_)
    assert "supervised_loss" in gaussian.history_


def test_tied_layers_are_pretrained_too(rows):
    fitted = Autoencoder(2, tied_weights=True, pretrain="layerwise", pretrain_epochs=15, **DEEP).fit(rows)
    assert [history["loss"][-1] < history["loss"][0] for history in fitted.pretrain_history_] == [True] * 3


def test_a_partial_fit_does_not_pretrain(rows):
    fitted = Autoencoder(2, pretrain="layerwise", **DEEP).partial_fit(rows)
    assert fitted.pretrain_history_ == []
    random = Autoencoder(2, initializer="glorot_uniform", **DEEP).partial_fit(rows)
    assert np.array_equal(fitted.transform(rows), random.transform(rows))


def test_a_divergence_in_pretraining_is_told(rows):
    autoencoder = Autoencoder(
        2, pretrain="layerwise", optimizer="sgd", learning_rate=1e9, pretrain_epochs=3, **DEEP
    )
    with pytest.raises(TrainingDivergedError, match=r"the loss became .* try a lower learning_rate"):
        autoencoder.fit(rows)
    assert np.isfinite(autoencoder.network_.encoder[0].weight).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"pretrain": "greedy"}, r"pretrain='greedy' is not possible; .* Did you mean 'layerwise'\?"),
        ({"pretrain": True}, "pretrain=True is not possible; expected one of 'layerwise', or None."),
        ({"pretrain_epochs": 0}, "pretrain_epochs=0 is not possible; expected a whole number, 1 or more."),
    ],
)
def test_parameters_that_cannot_be(rows, settings, message):
    with pytest.raises(ParameterError, match=message):
        Autoencoder(**settings).fit(rows)
