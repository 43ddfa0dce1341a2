"""Every legal combination of network, bottleneck, corruption, loss, penalties and supervision trains."""

import itertools
import warnings

import equinox
import jax
import numpy as np
import pytest

from diabolo import Autoencoder, ConvolutionalAutoencoder
from diabolo.core.losses import LOSSES
from diabolo.core.penalties import PENALTIES
from diabolo.errors import DiaboloWarning, ParameterError
from diabolo.estimators._choices import check_combination, choices_of
from diabolo.estimators._networks import new_network
from diabolo.estimators._preparation import seed_of
from diabolo.parameters.named_settings import BOTTLENECKS, NOISES

RANDOM = np.random.default_rng(0)
X = RANDOM.uniform(size=(8, 16)).astype(np.float32)
Y = np.array(["a", "b"] * 4)
COMMON = {"max_epochs": 1, "batch_size": 8, "random_state": 0, "learning_rate": 0.01}

NETWORKS = ("dense", "tied", "maps", "dense code", "own")
WORDS = {
    "network": NETWORKS,
    "bottleneck": tuple(BOTTLENECKS),
    "noise": (None, *NOISES),
    "loss": tuple(LOSSES),
    "penalty": ("none", *PENALTIES, "all"),
    "supervision_weight": (0.0, 0.5),
}


def own(key, shape):
    return equinox.nn.Linear(*shape, key=key)


def estimator_for(network, bottleneck, noise, loss, penalty, supervision_weight):
    weights = {"none": (), "all": tuple(PENALTIES)}.get(penalty, (penalty,))
    if penalty == "all" and bottleneck != "plain":
        weights = [name for name in PENALTIES if name != "kl_sparsity"]
    settings = {
        "bottleneck": bottleneck,
        "bottleneck_params": {"k": 1} if bottleneck == "topk" else None,
        "noise": None if noise is None else {"kind": noise},
        "loss": loss,
        "penalty": dict.fromkeys(weights, 0.1) or None,
        "supervision_weight": supervision_weight,
        **COMMON,
    }
    # The KL sparsity wants a code between 0 and 1; an own encoder's is taken at its word.
    activation = "sigmoid" if "kl_sparsity" in weights else "linear"
    if network in ("maps", "dense code"):
        n_components = 2 if network == "dense code" else None
        return ConvolutionalAutoencoder(
            n_components, filters=(2,), image_shape=(4, 4), code_activation=activation, **settings
        )
    if network == "own":
        settings.update(encoder=squashed if activation == "sigmoid" else own, decoder=own)
    return Autoencoder(
        2, hidden_layer_sizes=(3,), tied_weights=network == "tied", code_activation=activation, **settings
    )


def squashed(key, shape):
    return equinox.nn.Sequential([own(key, shape), equinox.nn.Lambda(jax.nn.sigmoid)])


def is_legal(combination):
    named = dict(zip(WORDS, combination, strict=True))
    return named["penalty"] != "kl_sparsity" or named["bottleneck"] == "plain"


def groups_of(combination, size=2):
    return set(itertools.combinations(enumerate(combination), size))


def covering(possible, size):
    """Choose combinations that together have every group of values, greedily and always the same."""
    groups = {one: groups_of(one, size) for one in possible}
    missing = set().union(*groups.values())
    chosen = []
    while missing:
        best = max(possible, key=lambda one: len(groups[one] & missing))
        chosen.append(best)
        missing -= groups[best]
    return chosen


EVERY = [one for one in itertools.product(*WORDS.values()) if is_legal(one)]
PAIRWISE = covering(EVERY, 2)


def check_one_step(combination):
    named = dict(zip(WORDS, combination, strict=True))
    estimator = estimator_for(**named)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DiaboloWarning)
        estimator.fit(X, Y)
    terms = {name for name in estimator.history_ if name in (*PENALTIES, "kl_divergence", "supervised_loss")}
    assert terms == {
        *(estimator.penalty or ()),
        *(["kl_divergence"] if named["bottleneck"] == "gaussian" else []),
        *(["supervised_loss"] if named["supervision_weight"] else []),
    }
    assert all(np.isfinite(column).all() for column in estimator.history_.values())
    choices = choices_of(estimator)
    shape = getattr(estimator, "image_shape_", None)
    n_outputs = 2 if named["supervision_weight"] else 0
    before = jax.tree.leaves(new_network(choices, 16, shape, n_outputs, seed_of(estimator)))
    after = jax.tree.leaves(estimator.network_)
    moved = [not np.array_equal(one, other) for one, other in zip(before, after, strict=True)]
    # A unit that top-k never keeps, or a rectifier that is off, may leave a bias where it was.
    assert np.mean(moved) > 0.5
    assert np.isfinite(estimator.reconstruct(X)).all()
    if named["supervision_weight"]:
        assert set(estimator.predict(X)) <= {"a", "b"}


def named(combination):
    return "-".join(str(value) for value in combination)


@pytest.mark.parametrize("combination", PAIRWISE, ids=named)
def test_all_pairs_of_words_train(combination):
    check_one_step(combination)


@pytest.mark.slow
def test_all_threes_of_words_train():
    """All 2,560 combinations would compile for hours; three at a time are what a sentence ever speaks of."""
    for number, combination in enumerate(covering(EVERY, 3), 1):
        check_one_step(combination)
        if number % 50 == 0:
            jax.clear_caches()


def test_the_chosen_combinations_have_every_pair():
    assert set().union(*map(groups_of, PAIRWISE)) == set().union(*map(groups_of, EVERY))
    assert len(PAIRWISE) < len(EVERY) / 10


def test_every_bottleneck_leaves_the_shared_words_alone():
    """What two words say of a third is all that check_combination knows: nothing else is refused."""
    for combination in EVERY:
        check_combination(choices_of(estimator_for(*combination)))


ILLEGAL = [
    (
        {"initializer": "linear", "activation": "tanh"},
        "initializer='linear' needs an activation that can carry a number through a layer (linear, relu, "
        "leaky_relu, gelu, softplus); change that, or set initializer='auto'.",
    ),
    (
        {"initializer": "linear", "code_activation": "sigmoid"},
        "initializer='linear' needs a plain code of which no activation is taken; change that, or set "
        "initializer='auto'.",
    ),
    (
        {"initializer": "linear", "pretrain": "layerwise"},
        "initializer='linear' needs pretrain=None, which trains layers from random weights; change that, or "
        "set initializer='auto'.",
    ),
    (
        {"initializer": "linear", "hidden_layer_sizes": (8, 3)},
        "initializer='linear' needs hidden layers at least twice as wide as n_components=2; change that, or "
        "set initializer='auto'.",
    ),
    (
        {"initializer": "linear", "encoder": own, "decoder": own},
        "initializer='linear' needs Diabolo's own dense layers; change that, or set initializer='auto'.",
    ),
    (
        {"loss": "binary_cross_entropy", "output_activation": "tanh"},
        "loss='binary_cross_entropy' needs output_activation='sigmoid' (or 'auto'), got 'tanh'; "
        "the loss is taken "
        "from the sigmoid's logits.",
    ),
    (
        {"bottleneck": "gaussian", "code_activation": "relu"},
        "a Gaussian bottleneck needs code_activation='linear', got 'relu'; its means and "
        "log-variances can be any "
        "number.",
    ),
    (
        {"bottleneck": "gaussian", "penalty": {"kl_sparsity": 1}},
        "penalty 'kl_sparsity' needs a code between 0 and 1, which a Gaussian bottleneck's is not; "
        "leave one of "
        "them.",
    ),
    (
        {"bottleneck": "topk", "bottleneck_params": {"k": 1}, "penalty": {"kl_sparsity": 1}},
        "penalty 'kl_sparsity' and bottleneck='topk' both decide how many units are active; leave "
        "one of them.",
    ),
    (
        {"penalty": {"kl_sparsity": 1}, "code_activation": "relu"},
        "penalty 'kl_sparsity' compares mean activations with a probability and needs "
        "code_activation='sigmoid', "
        "or 'tanh' (mapped by (1 + code) / 2), got 'relu'.",
    ),
    (
        {"bottleneck": "topk"},
        "bottleneck='topk' needs to know how many numbers to keep; set bottleneck_params={'k': ...}.",
    ),
    (
        {"bottleneck": "topk", "bottleneck_params": {"k": 3}},
        "k=3 numbers cannot be kept of a code of n_components=2.",
    ),
    (
        {"encoder": own},
        "decoder=None, but an encoder and a decoder of your own go together; pass both or neither.",
    ),
    (
        {"decoder": own},
        "encoder=None, but an encoder and a decoder of your own go together; pass both or neither.",
    ),
    (
        {"encoder": own, "decoder": own, "tied_weights": True},
        "tied_weights=True needs Diabolo's own layers; an encoder and a decoder of your own share "
        "nothing. Set "
        "tied_weights=False.",
    ),
    (
        {"encoder": own, "decoder": own, "pretrain": "layerwise"},
        "pretrain='layerwise' needs Diabolo's own layers; it cannot see those of your encoder. Set "
        "pretrain=None.",
    ),
]


@pytest.mark.parametrize(("settings", "sentence"), ILLEGAL)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_what_cannot_go_together_is_said(settings, sentence, method):
    with pytest.raises(ParameterError) as caught:
        getattr(Autoencoder(2, **settings), method)(X)
    assert str(caught.value) == f"Autoencoder: {sentence}"


def test_k_is_held_against_the_width_that_maps_come_to():
    settings = {"bottleneck": "topk", "bottleneck_params": {"k": 9}}
    with pytest.raises(ParameterError) as caught:
        ConvolutionalAutoencoder(filters=(2,), image_shape=(4, 4), **settings, **COMMON).fit(X)
    assert str(caught.value) == "ConvolutionalAutoencoder: k=9 numbers cannot be kept of a code of 8."


def test_every_sentence_is_tested():
    import inspect

    from diabolo.estimators import _choices

    source = inspect.getsource(_choices._contradictions)
    obstacles = inspect.getsource(_choices.Choices.linear_obstacle.fget)
    # One refusal for each sentence; the missing encoder's and decoder's is one, and what keeps a network from
    # starting at the linear answer has one for each obstacle. Those of categories have tests of their own.
    n_sentences = source.count(" yield ") - source.count(" yield from ")
    assert n_sentences + obstacles.count(" return ") - 2 == len(ILLEGAL) - 1
