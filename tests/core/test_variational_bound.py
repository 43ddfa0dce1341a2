"""The Gaussian objective against log p(x), integrated numerically over a one-dimensional code."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate
import scipy.special

from diabolo.core.bottlenecks import Gaussian
from diabolo.core.layers import Dense
from diabolo.core.networks import DenseNetwork
from diabolo.core.objectives import Objective

SLOPE, INTERCEPT = np.array([0.8, -0.5, 1.2]), np.array([0.1, 0.4, -0.3])
ROW = np.array([0.9, -0.2, 0.7])
BINARY_ROW = np.array([1.0, 0.0, 1.0])
N_FEATURES, N_DRAWS = 3, 40_000
DECODERS = {"linear": (ROW, "squared_error"), "sigmoid": (BINARY_ROW, "binary_cross_entropy")}


def normal_log_density(x, mean=0.0, deviation=1.0):
    return -0.5 * ((x - mean) / deviation) ** 2 - np.log(deviation * np.sqrt(2 * np.pi))


def log_likelihood(row, z, output_activation):
    """log p(x|z): a normal of variance 1/2 about the output, or a coin for each cell."""
    output = np.multiply.outer(z, SLOPE) + INTERCEPT
    if output_activation == "linear":
        return normal_log_density(row, output, np.sqrt(0.5)).sum(axis=-1)
    return (row * scipy.special.log_expit(output) + (1 - row) * scipy.special.log_expit(-output)).sum(axis=-1)


def log_evidence(row, output_activation):
    """log p(x), the code integrated out over its standard normal prior."""

    def joint(z):
        return np.exp(log_likelihood(row, z, output_activation) + normal_log_density(z))

    return np.log(scipy.integrate.quad(joint, -10, 10, epsabs=1e-13)[0])


def exact_posterior(row):
    """Mean and deviation of p(z|x) for the linear decoder, in closed form."""
    precision = 1 + 2 * SLOPE @ SLOPE
    return 2 * SLOPE @ (row - INTERCEPT) / precision, precision**-0.5


def network_with(mean, deviation):
    """Give every row the same code distribution; the decoder is the known one."""
    encoder = Dense(np.zeros((N_FEATURES, 2)), np.array([mean, 2 * np.log(deviation)]))
    return DenseNetwork(
        (encoder,), (Dense(SLOPE[None], INTERCEPT),), activation="linear", code_activation="linear"
    )


def measured_bound(mean, deviation, output_activation, beta=1.0):
    """The bound as the objective has it, averaged over draws, and its standard error."""
    row, loss = DECODERS[output_activation]
    objective = Objective(loss, output_activation, bottleneck=Gaussian(beta))
    network = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float32), network_with(mean, deviation))
    # Equal rows, each with a draw of its own, in several batches whose means give the standard error.
    groups = 20
    rows = jnp.tile(jnp.asarray(row, jnp.float32), (N_DRAWS // groups, 1))
    weights = jnp.full(len(rows), 1 / len(rows))
    measure = jax.jit(jax.vmap(lambda key: objective.training_terms(network, rows, weights, key, {})[0]))
    keys = jnp.stack([jnp.arange(groups), 7 * jnp.arange(groups) + 1], axis=1).astype(jnp.uint32)
    # A squared error is -log p(x|z) less half of log(pi) a cell.
    constant = 0.5 * np.log(np.pi) if output_activation == "linear" else 0.0
    bounds = -N_FEATURES * (np.asarray(measure(keys), np.float64) + constant)
    return bounds.mean(), bounds.std(ddof=1) / np.sqrt(groups)


def divergence_from_posterior(mean, deviation, output_activation):
    """KL of the encoder's normal from the true posterior: what the bound lacks of log p(x)."""
    row, _ = DECODERS[output_activation]
    evidence = log_evidence(row, output_activation)

    def integrand(z):
        posterior = log_likelihood(row, z, output_activation) + normal_log_density(z) - evidence
        own = normal_log_density(z, mean, deviation)
        return np.exp(own) * (own - posterior)

    return scipy.integrate.quad(integrand, mean - 10 * deviation, mean + 10 * deviation)[0]


def test_the_bound_is_the_evidence_where_the_encoder_gives_the_posterior():
    mean, deviation = exact_posterior(ROW)
    bound, error = measured_bound(mean, deviation, "linear")
    assert error < 0.01
    assert abs(bound - log_evidence(ROW, "linear")) < 5 * error
    assert divergence_from_posterior(mean, deviation, "linear") == pytest.approx(0, abs=1e-8)


@pytest.mark.parametrize("output_activation", ["linear", "sigmoid"])
@pytest.mark.parametrize(("mean", "deviation"), [(0.0, 1.0), (0.8, 0.5), (-1.0, 0.3)])
def test_elsewhere_the_bound_falls_short_by_the_divergence_from_the_posterior(
    mean, deviation, output_activation
):
    evidence = log_evidence(DECODERS[output_activation][0], output_activation)
    lacking = divergence_from_posterior(mean, deviation, output_activation)
    bound, error = measured_bound(mean, deviation, output_activation)
    assert lacking > 0.01
    assert bound < evidence
    assert error < lacking / 3
    assert abs(bound + lacking - evidence) < 5 * error


def test_beta_weighs_the_divergence_from_the_prior_alone():
    mean, deviation = 0.8, 0.5
    prior = 0.5 * (deviation**2 + mean**2 - 1 - 2 * np.log(deviation))
    bounds = {beta: measured_bound(mean, deviation, "linear", beta)[0] for beta in (0.0, 1.0, 4.0)}
    assert bounds[0.0] - bounds[1.0] == pytest.approx(prior, abs=1e-4)
    assert bounds[0.0] - bounds[4.0] == pytest.approx(4 * prior, abs=1e-4)
