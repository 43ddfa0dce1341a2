"""What an example is at: a line before each fit, and lines while its epochs pass."""

from typing import TypeVar

Model = TypeVar("Model")

_LINES = 10


def told(what: str, model: Model) -> Model:
    """Say what is fitted next, and have an autoencoder say how it gets on; return the model."""
    print(f"  {what}", flush=True)
    epochs = getattr(model, "max_epochs", None)
    if epochs is not None:
        model.set_params(verbose=100 if epochs == "auto" else max(epochs // _LINES, 1))
    return model
