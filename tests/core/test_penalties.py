import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate
import scipy.special
import scipy.stats

from diabolo.core.bottlenecks import Gaussian, TopK
from diabolo.core.layers import activate
from diabolo.core.networks import dense_network
from diabolo.core.objectives import Objective
from diabolo.core.penalties import (
    PENALTIES,
    contractive,
    contractive_of_one_layer,
    kl_sparsity,
    kl_to_prior,
    l1_sparsity,
    unit_activation,
    weight_decay,
)

WEIGHTS = np.array([0.5, 0.0, 0.3, 0.2])
SLOPES = {
    "sigmoid": lambda z: scipy.special.expit(z) * scipy.special.expit(-z),
    "tanh": lambda z: 1 - np.tanh(z) ** 2,
    "linear": np.ones_like,
}


@pytest.fixture
def rows(rng):
    return rng.standard_normal((4, 5))


def network_of(sizes, code_activation, width_factor=1, tied=False):
    """A network in float64 with biases that are not zero, its hidden layers tanh."""
    random = np.random.default_rng(9)
    network = dense_network(
        sizes,
        activation="tanh",
        code_activation=code_activation,
        tied_weights=tied,
        initializer="glorot_uniform",
        random=random,
        width_factor=width_factor,
    )
    return jax.tree.map(
        lambda leaf: leaf.astype(np.float64) + 0.3 * random.standard_normal(leaf.shape), network
    )


def central_differences(measure, leaves, step=1e-6):
    """Each leaf's gradient, a cell at a time."""
    gradients = []
    for position, leaf in enumerate(leaves):
        gradient = np.zeros(leaf.shape)
        for cell in np.ndindex(leaf.shape):
            values = []
            for sign in (1, -1):
                moved = [part.copy() for part in leaves]
                moved[position][cell] += sign * step
                values.append(measure(moved))
            gradient[cell] = (values[0] - values[1]) / (2 * step)
        gradients.append(gradient)
    return gradients


def value_and_gradient(objective, network, rows, name):
    """A further term of an objective by its name, in float64, and its gradient for each leaf."""
    position = objective.term_names.index(name)

    def measure(network, rows):
        return objective.evaluation_terms(network, rows, jnp.asarray(WEIGHTS))[position]

    with jax.enable_x64(True):
        value, gradient = jax.jit(jax.value_and_grad(measure))(network, jnp.asarray(rows))
        return float(value), [np.asarray(leaf) for leaf in jax.tree.leaves(gradient)]


# Weight decay and absolute sparsity


def test_every_penalty_is_tested_here():
    assert tuple(PENALTIES) == ("weight_decay", "l1_sparsity", "kl_sparsity", "contractive")


def test_weight_decay_is_half_the_sum_of_the_squares_without_biases():
    network = network_of((5, 4, 2), "linear")
    matrices = [leaf for leaf in jax.tree.leaves(network) if leaf.ndim == 2]
    assert len(matrices) == 4
    expected = sum(float(np.sum(matrix**2)) for matrix in matrices) / 2
    assert float(jax.jit(weight_decay)(network)) == pytest.approx(expected, rel=1e-6)


def test_weight_decay_counts_a_tied_matrix_once():
    network = network_of((5, 4, 2), "linear", tied=True)
    expected = sum(float(np.sum(layer.weight**2)) for layer in network.encoder) / 2
    assert float(jax.jit(weight_decay)(network)) == pytest.approx(expected, rel=1e-6)


def test_weight_decays_gradient_is_the_matrix_and_nothing_for_biases():
    network = network_of((5, 2), "linear", tied=True)
    gradient = jax.grad(weight_decay)(jax.tree.map(jnp.asarray, network))
    np.testing.assert_allclose(gradient.encoder[0].weight, network.encoder[0].weight, rtol=1e-6)
    assert not np.any(gradient.encoder[0].bias)
    assert not np.any(gradient.decoder[0].bias)


def test_weight_decay_counts_kernels():
    assert float(weight_decay([jnp.full((3, 3, 2, 4), 2.0), jnp.ones(4)])) == 0.5 * 4 * 72


def test_weight_decay_of_biases_alone_is_nothing():
    assert float(weight_decay([jnp.ones(3)])) == 0


def test_l1_sparsity_sums_over_units_and_averages_over_rows(rows):
    got = jax.jit(l1_sparsity)(rows, WEIGHTS)
    assert float(got) == pytest.approx(WEIGHTS @ np.abs(rows).sum(axis=1), rel=1e-6)


def test_l1_sparsitys_gradient_is_the_sign_and_zero_at_zero():
    code = jnp.array([[2.0, 0.0, -3.0]])
    np.testing.assert_array_equal(jax.grad(l1_sparsity)(code, jnp.array([0.5])), [[0.5, 0, -0.5]])


# KL sparsity


@pytest.mark.parametrize("target", [0.05, 0.3])
def test_kl_sparsity_is_the_divergence_of_two_coins(target):
    mean = np.array([0.01, 0.05, 0.3, 0.9])
    expected = sum(scipy.stats.entropy([target, 1 - target], [m, 1 - m]) for m in mean)
    assert float(kl_sparsity(jnp.asarray(mean), target)) == pytest.approx(expected, rel=1e-5)


def test_kl_sparsity_is_finite_where_a_unit_is_always_off_or_on():
    for mean in (0.0, 1.0):
        value, gradient = jax.value_and_grad(kl_sparsity)(jnp.array([mean]), 0.05)
        assert 0.1 < float(value) < 20
        assert np.isfinite(gradient).all()
        # It pulls such a unit back, however far it has gone.
        assert np.sign(gradient) == (-1 if mean == 0 else 1)


def test_a_hyperbolic_tangent_is_mapped_to_a_probability():
    code = jnp.array([[-1.0, -0.5, 0.0, 1.0]])
    np.testing.assert_array_equal(unit_activation(code, "tanh"), [[0, 0.25, 0.5, 1]])
    np.testing.assert_array_equal(unit_activation(code, "sigmoid"), code)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_kl_sparsity_and_its_gradient_equal_float64_central_differences(activation, rows):
    network, target = network_of((5, 4, 3), activation), 0.1
    leaves = jax.tree.leaves(network)

    def on_paper(leaves):
        w1, b1, w2, b2, *_ = leaves
        sums = np.tanh(rows @ w1 + b1) @ w2 + b2
        unit = scipy.special.expit(sums) if activation == "sigmoid" else (1 + np.tanh(sums)) / 2
        mean = WEIGHTS @ unit
        return np.sum(target * np.log(target / mean) + (1 - target) * np.log((1 - target) / (1 - mean)))

    objective = Objective(
        "squared_error",
        "linear",
        penalties={"kl_sparsity": 2.0},
        code_activation=activation,
        sparsity_target=target,
    )
    value, gradient = value_and_gradient(objective, network, rows, "kl_sparsity")
    assert value == pytest.approx(on_paper(leaves), rel=1e-9)
    for got, expected in zip(gradient, central_differences(on_paper, leaves), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-8)


# The contractive penalty


def one_layer_on_paper(leaves, rows, activation, k=None):
    """Rifai et al., 2011: sum_j f'(z_j)^2 sum_i W_ij^2; of the k largest units only, where k is given."""
    weight, bias = leaves[:2]
    sums = rows @ weight + bias
    slope = SLOPES[activation](sums)
    if k is not None:
        slope = slope * (sums >= np.sort(sums, axis=1)[:, [-k]])
    return WEIGHTS @ (slope**2 @ np.sum(weight**2, axis=0))


def two_layers_on_paper(leaves, rows, activation, k=None):
    """The product of both layers' Jacobians, written out, squared and summed."""
    w1, b1, w2, b2 = leaves[:4]
    hidden = np.tanh(rows @ w1 + b1)
    sums = hidden @ w2 + b2
    slope = SLOPES[activation](sums)
    if k is not None:
        slope = slope * (sums >= np.sort(sums, axis=1)[:, [-k]])
    jacobians = np.einsum("ih,rh,hj,rj->rij", w1, 1 - hidden**2, w2, slope)
    return WEIGHTS @ np.sum(jacobians**2, axis=(1, 2))


@pytest.mark.parametrize(
    ("activation", "k"),
    [("sigmoid", None), ("tanh", None), ("sigmoid", 2), ("linear", 2)],
    ids=["sigmoid", "tanh", "topk of sigmoid", "topk of linear"],
)
@pytest.mark.parametrize("sizes", [(5, 4), (5, 4, 3)], ids=["one layer", "deep"])
def test_contractive_and_its_gradient_equal_float64_central_differences(sizes, activation, k, rows):
    network = network_of(sizes, activation)
    leaves = jax.tree.leaves(network)
    on_paper = one_layer_on_paper if len(sizes) == 2 else two_layers_on_paper

    def measure(leaves):
        return on_paper(leaves, rows, activation, k)

    objective = Objective(
        "squared_error",
        "linear",
        penalties={"contractive": 2.0},
        code_activation=activation,
        **({} if k is None else {"bottleneck": TopK(k)}),
    )
    value, gradient = value_and_gradient(objective, network, rows, "contractive")
    assert value == pytest.approx(measure(leaves), rel=1e-9)
    for got, expected in zip(gradient, central_differences(measure, leaves), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("sizes", [(5, 4), (5, 6, 3)], ids=["one layer", "deep"])
def test_contractive_of_a_gaussian_code_is_of_its_means_alone(sizes, rows):
    network = network_of(sizes, "linear", width_factor=2)
    objective = Objective("squared_error", "linear", bottleneck=Gaussian(), penalties={"contractive": 1.0})
    value, _ = value_and_gradient(objective, network, rows, "contractive")
    narrow = [leaf.copy() for leaf in jax.tree.leaves(network)]
    last = 2 * len(sizes) - 4
    narrow[last], narrow[last + 1] = narrow[last][:, : sizes[-1]], narrow[last + 1][: sizes[-1]]
    on_paper = one_layer_on_paper if len(sizes) == 2 else two_layers_on_paper
    assert value == pytest.approx(on_paper(narrow, rows, "linear"), rel=1e-9)


# Nine components fill a batch of the map and begin another.
@pytest.mark.parametrize("n_components", [1, 3, 9])
def test_jacobian_products_equal_the_whole_jacobian(n_components, rows):
    network = network_of((5, 6, n_components), "softplus")
    with jax.enable_x64(True):
        got = jax.jit(lambda rows: contractive(network.encode, rows, jnp.asarray(WEIGHTS)))(jnp.asarray(rows))
        jacobians = jax.jit(jax.vmap(jax.jacobian(lambda row: network.encode(row[None])[0])))(
            jnp.asarray(rows)
        )
        expected = WEIGHTS @ np.sum(np.asarray(jacobians) ** 2, axis=(1, 2))
    assert jacobians.shape == (4, n_components, 5)
    assert float(got) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "softplus", "gelu"])
def test_the_closed_form_equals_jacobian_products(activation, rows):
    network = network_of((5, 4), activation)
    layer = network.encoder[0]
    with jax.enable_x64(True):
        table, weights = jnp.asarray(rows), jnp.asarray(WEIGHTS)
        products = jax.jit(lambda rows: contractive(network.encode, rows, weights))(table)
        closed = jax.jit(
            lambda rows: contractive_of_one_layer(
                layer.weight, rows @ layer.weight + layer.bias, lambda z: activate(activation, z), weights
            )
        )(table)
    assert float(closed) == pytest.approx(float(products), rel=1e-10)


# Divergence from the prior


@pytest.mark.parametrize(("mean", "deviation"), [(0.0, 1.0), (1.5, 0.3), (-2.0, 2.5), (0.1, 0.01)])
def test_kl_to_prior_equals_its_integral(mean, deviation):
    own, prior = scipy.stats.norm(mean, deviation), scipy.stats.norm()

    def integrand(z):
        return own.pdf(z) * (own.logpdf(z) - prior.logpdf(z))

    expected, _ = scipy.integrate.quad(integrand, mean - 12 * deviation, mean + 12 * deviation)
    got = kl_to_prior(jnp.array([[mean]]), jnp.array([[2 * np.log(deviation)]]), jnp.ones(1))
    assert float(got) == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_kl_to_prior_sums_over_units_and_averages_over_rows(rng):
    mean, log_variance = rng.standard_normal((4, 3)), rng.standard_normal((4, 3))
    by_row = 0.5 * np.sum(np.exp(log_variance) + mean**2 - 1 - log_variance, axis=1)
    assert float(jax.jit(kl_to_prior)(mean, log_variance, WEIGHTS)) == pytest.approx(
        WEIGHTS @ by_row, rel=1e-5
    )
