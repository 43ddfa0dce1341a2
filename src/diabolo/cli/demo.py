"""``diabolo demo``: a map of 1,797 handwritten digits, in seconds."""

from __future__ import annotations

import contextlib
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diabolo.cli.options import FILE
from diabolo.cli.output import Output, command_line, heading, save_picture
from diabolo.cli.page import Option, Page, Typed
from diabolo.cli.written_files import Writes
from diabolo.errors import DataFileError
from diabolo.parameters.kinds import whole

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float, Int

__all__ = ["PAGE", "SETTINGS", "neighbor_accuracy"]

SETTINGS: dict[str, Any] = {
    "n_components": 2,
    "hidden_layer_sizes": (32,),
    "activation": "sigmoid",
    "code_activation": "sigmoid",
    "learning_rate": 0.01,
    "batch_size": 8,
    "max_epochs": 500,
    "random_state": 0,
    "verbose": 100,
}
"""The demo's network and its training; with 0.001 the sigmoids are still far from done after 500 epochs."""

_FILES = {
    "report.html": "a page of the map, the decoder and every digit, for any browser",
    "digits.diabolo": "the model",
    "codes.csv": "a code of two numbers for each digit",
    "map.png": "the map of the codes",
    "history.png": "the loss from epoch to epoch",
    "reconstructions.png": "ten digits over what came back",
}
_NEIGHBORS = 5


def demo(typed: Typed, output: Output) -> None:
    """Train on 1,797 handwritten digits that come along, and draw their map.

    Writes a page to look at what was learned, a model, the codes and three pictures into a folder, and says
    what to type next.

    Examples
    --------
    diabolo demo --out demo
    """
    started = time.perf_counter()
    folder, settings = typed.folder, dict(SETTINGS)
    if typed.epochs is not None:
        settings["max_epochs"] = typed.epochs
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise DataFileError(
            f"--out {folder} cannot be made a folder ({problem.strerror}); choose another name."
        ) from problem
    page, model, table, codes_map, history, pairs = files = [folder / name for name in _FILES]
    with contextlib.redirect_stdout(sys.stderr) if output.json else contextlib.nullcontext():
        print("Training 64-32-2-32-64 on 1,797 handwritten digits of 8 x 8 pixels.", flush=True)
        from diabolo.datasets import load_digits
        from diabolo.estimators.autoencoder import Autoencoder

        X, digits = load_digits()
        estimator = Autoencoder(**settings).fit(X)
    codes, made = estimator.transform(X), estimator.reconstruct(X)
    error = float(((X - made) ** 2).mean())
    accuracy = neighbor_accuracy(codes, digits, _NEIGHBORS)
    _write_page(estimator, X, digits, page)
    _write(estimator, codes, digits, model, table)
    save_picture(lambda plotting: plotting.plot_codes(codes, digits, legend_title="digit"), codes_map)
    save_picture(lambda plotting: plotting.plot_history(estimator), history)
    save_picture(lambda plotting: plotting.plot_reconstructions(X, made), pairs)
    seconds = time.perf_counter() - started

    commands = _next_commands(folder)
    record = {
        "rows": len(X),
        "epochs": estimator.n_epochs_,
        "loss": estimator.history_["loss"][-1],
        "mean_squared_error": error,
        "neighbor_accuracy": accuracy,
        "seconds": seconds,
        "files": files,
        "next": commands,
    }
    output.result(record, _text(error, accuracy, seconds, files, commands))


def _write_page(estimator: Any, X: Any, digits: Any, path: Path) -> None:
    import diabolo

    diabolo.report(
        estimator,
        X,
        digits,
        path=path,
        label_name="digit",
        image_shape=(8, 8),
        title="1,797 handwritten digits",
        model_name="digits.diabolo",
        data_name="the digits of scikit-learn",
    )


def _write(estimator: Any, codes: Any, digits: Any, model: Path, table: Path) -> None:
    import numpy as np

    from diabolo.data.sink import open_sink
    from diabolo.persistence.model_file import save

    names = list(estimator.get_feature_names_out())
    with open_sink(table, *codes.shape, column_names=names, carried={"digit": digits}) as sink:
        sink.write(0, codes)
    pixels = [f"pixel_{row}_{column}" for row in range(8) for column in range(8)]
    estimator.feature_names_in_ = np.asarray(pixels, dtype=object)
    estimator.verbose = 0
    save(estimator, model)


def neighbor_accuracy(
    codes: Float[np.ndarray, "n k"], labels: Int[np.ndarray, " n"], n_neighbors: int
) -> float:
    """Say how well a row's label is told from those of its nearest neighbors in the map.

    Parameters
    ----------
    codes : ndarray of shape (n, k)
        One code a row; few thousand rows, since all distances stand in memory.
    labels : ndarray of shape (n,), int
        From 0.
    n_neighbors : int
        How many neighbors vote, the row itself not among them; of a tie the lower label wins.

    Returns
    -------
    float
        Share of the rows whose neighbors vote for their label.

    Examples
    --------
    >>> import numpy as np
    >>> neighbor_accuracy(np.array([[0.0], [0.1], [5.0], [5.1]]), np.array([0, 0, 1, 1]), 1)
    1.0
    """
    import numpy as np

    points = codes.astype(np.float64)
    squares = (points**2).sum(axis=1)
    distances = squares[:, np.newaxis] + squares - 2 * points @ points.T
    np.fill_diagonal(distances, np.inf)
    nearest = np.argpartition(distances, n_neighbors - 1, axis=1)[:, :n_neighbors]
    votes = np.zeros((len(points), int(labels.max()) + 1))
    for neighbor in nearest.T:
        votes[np.arange(len(points)), labels[neighbor]] += 1
    return float((votes.argmax(axis=1) == labels).mean())


def _next_commands(folder: Path) -> list[str]:
    model, codes, rows = folder / "digits.diabolo", folder / "codes.csv", folder / "decoded.csv"
    return [
        command_line("inspect", model),
        command_line("decode", model, codes, "--labels", "digit", "-o", rows),
        command_line("inspect", model, rows, "--labels", "digit", "--row", 0),
        command_line("plot", "codes", codes, "--labels", "digit", "-o", folder / "map.pdf"),
    ]


def _text(error: float, accuracy: float, seconds: float, files: list[Path], commands: list[str]) -> str:
    width = max(len(str(path)) for path in files)
    lines = [
        "",
        f"mean squared error      {error:.4f} (pixels from 0 to 1)",
        f"labels told right       {accuracy:.1%} (by a vote of the {_NEIGHBORS} nearest in the map)",
        f"seconds                 {seconds:.1f}",
        "",
        heading("Written:"),
        *(f"  {path!s:<{width}}  {text}" for path, text in zip(files, _FILES.values(), strict=True)),
        "",
        heading(f"Open {files[0]} in a browser, then type:"),
        *(f"  {command}" for command in commands),
        "",
        "Your own rows: " + command_line("fit", "--help"),
    ]
    return "\n".join(lines)


PAGE = Page(
    demo,
    (
        Option(
            "--out DIR",
            "Where to write; made if need be. Default: demo.",
            FILE,
            name="folder",
            writes=Writes(is_folder=True, files=lambda typed: [typed.folder / name for name in _FILES]),
            default=Path("demo"),
        ),
        Option("--epochs", "", whole(), is_hidden=True),
    ),
)
