import numpy as np
import pandas
import pytest
from sklearn.metrics import brier_score_loss

from diabolo import Autoencoder

RANDOM = np.random.default_rng(3)
X = pandas.DataFrame(
    {"size": RANDOM.normal(5, 2, 80), "kind": RANDOM.choice(["a", "b", "c"], 80, p=[0.5, 0.3, 0.2])}
)
FITTED = Autoencoder(1, categories=["kind"], max_epochs=2, random_state=0).fit(X)


def probabilities():
    from diabolo.training.forward import pass_blocks

    scaler, table = FITTED.scaler_, FITTED.categories_
    cells = np.column_stack([X["size"], pandas.get_dummies(X["kind"], dtype=float)])

    def prepare(part, out):
        out[:] = ((cells - scaler.offset) * scaler.factor)[part]

    ((_, output),) = pass_blocks(
        "reconstruct", FITTED.network_, cells, prepare, FITTED.bottleneck_, FITTED.output_activation_
    )
    return output, dict(table.probabilities(scaler, output))[0]


def test_errors_of_categories_are_brier_scores_beside_those_of_frequencies():
    _, found = probabilities()
    errors = FITTED.reconstruction_error(X, per_feature=True)
    values = ["a", "b", "c"]
    brier = [brier_score_loss(X["kind"] == value, found[:, n]) for n, value in enumerate(values)]
    usual = 1 - np.square(FITTED.scaler_.offset[1:]).sum()
    assert errors[:, 1].mean() == pytest.approx(sum(brier) / usual, rel=1e-4)
    apart = FITTED.reconstruction_error(X, per_feature=True, metric="absolute_error")
    own = found[np.arange(80), X["kind"].map(values.index)]
    np.testing.assert_allclose(apart[:, 1], 1 - own, atol=1e-5)


def test_errors_of_numbers_are_of_scaled_cells():
    output, _ = probabilities()
    scaled = (X["size"].to_numpy() - X["size"].mean()) / X["size"].std(ddof=0)
    errors = FITTED.reconstruction_error(X, per_feature=True)
    np.testing.assert_allclose(errors[:, 0], (output[:, 0] - scaled) ** 2, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(FITTED.reconstruction_error(X), errors.mean(axis=1), rtol=1e-6)


def test_what_comes_back_is_the_likeliest_value():
    output, found = probabilities()
    back = FITTED.reconstruct(X)
    assert back["kind"].tolist() == [["a", "b", "c"][n] for n in found.argmax(axis=1)]
    size = output[:, 0] * X["size"].std(ddof=0) + X["size"].mean()
    np.testing.assert_allclose(back["size"], size, rtol=1e-5)


def test_a_column_of_one_value_has_no_error():
    rows = X.assign(kind="a")
    found = Autoencoder(1, categories=["kind"], max_epochs=1, random_state=0).fit(rows)
    assert (found.reconstruction_error(rows, per_feature=True)[:, 1] == 0).all()
    assert (found.reconstruct(rows)["kind"] == "a").all()
