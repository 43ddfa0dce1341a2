"""Fashion-MNIST through a dense code of 64 numbers: 784-64-784."""

from pathlib import Path

from diabolo import Autoencoder, plot_history, plot_reconstructions
from diabolo.datasets import load_fashion_mnist
from examples import run_file
from examples.telling import told


def main(out: Path, quick: bool = False) -> dict[str, list[float]]:
    """Train, measure the test images after each epoch, and draw ten of them over what came back."""
    X, _ = load_fashion_mnist("train")
    X_test, _ = load_fashion_mnist("test")
    seeds, epochs = range(3), 10
    if quick:
        X, X_test, seeds, epochs = X[:512], X_test[:100], range(1), 1

    losses = []
    for seed in seeds:
        autoencoder = Autoencoder(
            64,
            hidden_layer_sizes=(),
            code_activation="relu",
            output_activation="sigmoid",
            optimizer_params={"epsilon": 1e-7},
            learning_rate_schedule="cosine",  # a falling step settles what a constant one keeps stirring
            batch_size=32,
            max_epochs=epochs,
            random_state=seed,
        )
        told(f"seed {seed} of {len(seeds)}", autoencoder).fit(X, X_validation=X_test)
        losses.append(autoencoder.history_["validation_loss"][-1])

    ax = plot_reconstructions(X_test, autoencoder.reconstruct(X_test))
    ax.set_title("Fashion-MNIST through 64 numbers")
    ax.figure.savefig(out / "fashion_dense.png", dpi=120)
    ax = plot_history(autoencoder)
    ax.set_title("784-64-784 on Fashion-MNIST: mean squared error")
    ax.figure.savefig(out / "fashion_dense_history.png", dpi=120)
    return {"validation mean squared error": losses}


if __name__ == "__main__":
    run_file(__file__)
