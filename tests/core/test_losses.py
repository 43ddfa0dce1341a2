import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import scipy.special

from diabolo.core.losses import LOSSES, cell_losses

# Logits or outputs beside targets: signs, zero residuals, and far out on both sides.
OUTPUT = np.array([-1e4, -30.0, -2.0, -0.4, 0.0, 0.7, 2.5, 30.0, 1e4])
TARGET = np.array([0.0, 0.25, 1.0, 0.6, 0.5, 0.0, 0.9, 1.0, 1.0])
CROSSED = 1 - TARGET


def settings_of(loss, delta):
    return dict.fromkeys(LOSSES[loss].settings, delta)


def losses(loss, output, target, activation="linear", delta=1.0):
    output, target = jnp.asarray(output, jnp.float32), jnp.asarray(target, jnp.float32)
    return np.asarray(cell_losses(loss, output, target, activation, **settings_of(loss, delta)))


def gradients(loss, output, target, activation="linear", delta=1.0):
    _, pull = jax.vjp(
        lambda z: cell_losses(
            loss, z, jnp.asarray(target, jnp.float32), activation, **settings_of(loss, delta)
        ),
        jnp.asarray(output, jnp.float32),
    )
    return np.asarray(pull(jnp.ones(np.shape(output), jnp.float32))[0])


def test_every_loss_is_tested_here():
    assert set(LOSSES) == {"squared_error", "absolute_error", "huber", "binary_cross_entropy"}


@pytest.mark.parametrize("activation", ["linear", "sigmoid"])
def test_squared_and_absolute_error_are_of_the_activated_output(activation):
    prediction = OUTPUT if activation == "linear" else scipy.special.expit(OUTPUT)
    residual = prediction - TARGET
    np.testing.assert_allclose(
        losses("squared_error", OUTPUT, TARGET, activation), residual**2, rtol=1e-5, atol=1e-9
    )
    np.testing.assert_allclose(
        losses("absolute_error", OUTPUT, TARGET, activation), np.abs(residual), rtol=1e-5, atol=1e-7
    )


@pytest.mark.parametrize("delta", [0.25, 1.0, 3.0])
def test_huber_equals_optax(delta):
    expected = optax.losses.huber_loss(jnp.asarray(OUTPUT), jnp.asarray(TARGET), delta=delta)
    np.testing.assert_allclose(losses("huber", OUTPUT, TARGET, delta=delta), expected, rtol=1e-6)


def test_huber_gradient_is_the_residual_cut_at_delta():
    expected = np.clip(OUTPUT - TARGET, -0.5, 0.5)
    np.testing.assert_allclose(gradients("huber", OUTPUT, TARGET, delta=0.5), expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("target", [TARGET, CROSSED], ids=["near", "crossed"])
def test_cross_entropy_equals_scipys_log1p_form_out_to_ten_thousand(target):
    # -t log p - (1 - t) log(1 - p) with log p = log_expit(z), in float64.
    expected = -target * scipy.special.log_expit(OUTPUT) - (1 - target) * scipy.special.log_expit(-OUTPUT)
    got = losses("binary_cross_entropy", OUTPUT, target, "sigmoid")
    assert np.isfinite(got).all()
    np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-12)
    entropy = optax.losses.sigmoid_binary_cross_entropy(jnp.asarray(OUTPUT), jnp.asarray(target))
    np.testing.assert_allclose(got, entropy, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("target", [TARGET, CROSSED], ids=["near", "crossed"])
def test_cross_entropy_gradient_is_probability_minus_target_everywhere(target):
    got = gradients("binary_cross_entropy", OUTPUT, target, "sigmoid")
    np.testing.assert_allclose(got, scipy.special.expit(OUTPUT) - target, rtol=1e-5, atol=1e-6)


def test_cross_entropy_gradient_by_the_target_is_minus_the_logit():
    def total(target):
        return jnp.sum(cell_losses("binary_cross_entropy", jnp.asarray(OUTPUT), target, "sigmoid"))

    np.testing.assert_allclose(jax.grad(total)(jnp.asarray(TARGET)), -OUTPUT, rtol=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
def test_gradients_equal_float64_central_differences(loss):
    output, target, step = OUTPUT[1:-1] + 0.013, TARGET[1:-1], 1e-4

    def on_paper(z):
        residual = scipy.special.expit(z) - target
        return {
            "squared_error": residual**2,
            "absolute_error": np.abs(residual),
            "huber": np.where(np.abs(residual) <= 0.3, residual**2 / 2, 0.3 * (np.abs(residual) - 0.15)),
            "binary_cross_entropy": -target * np.log(scipy.special.expit(z))
            - (1 - target) * scipy.special.log_expit(-z),
        }[loss]

    expected = (on_paper(output + step) - on_paper(output - step)) / (2 * step)
    np.testing.assert_allclose(
        gradients(loss, output, target, "sigmoid", 0.3), expected, rtol=1e-3, atol=1e-6
    )


@pytest.mark.parametrize("loss", LOSSES)
def test_losses_come_unreduced(loss):
    assert losses(loss, np.zeros((3, 4)), np.ones((3, 4)), "sigmoid").shape == (3, 4)
