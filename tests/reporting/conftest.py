"""Small models to make reports of, a page of three lines, and a browser for whole ones."""

import asyncio
import functools
import itertools

import numpy as np
import pytest
from scipy import signal, special
from screenshots.chromium import MISSING, find_chromium, started
from tests.conftest import absent
from tests.reporting.visit import Visit

import diabolo
from diabolo import Autoencoder, AutoencoderDetector, ConvolutionalAutoencoder
from diabolo.evaluation import compare_with_linear
from diabolo.evaluation.sweep import Sweep
from diabolo.reporting import report as report_module
from diabolo.reporting.page import render


@pytest.fixture(scope="session")
def small_page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    (folder / "main.js").write_text('import { twice } from "./sums.js";\n\nconsole.log(twice(2));\n')
    (folder / "sums.js").write_text("export function twice(x) {\n  return 2 * x;\n}\n")
    (folder / "style.css").write_text("body { margin: 0 }\n")
    (folder / "words.json").write_text('{"en": {"map": "Map"}, "zh": {"map": "\u5730\u56fe"}}')
    return folder


@pytest.fixture
def drawn(monkeypatch, small_page):
    """Have reports draw themselves with the page of three lines."""
    monkeypatch.setattr(report_module, "render", functools.partial(render, folder=small_page))


@pytest.fixture(scope="session")
def table():
    random = np.random.default_rng(3)
    return (random.normal(size=(90, 3)) @ random.normal(size=(3, 7)) + 5).astype(np.float32)


@pytest.fixture(scope="session")
def autoencoder(table):
    return Autoencoder(3, max_epochs=2, random_state=0).fit(table)


@pytest.fixture(scope="session")
def flat(table):
    """One with a code of two."""
    return Autoencoder(2, max_epochs=2, random_state=0).fit(table)


@pytest.fixture(scope="session")
def detector(table):
    return AutoencoderDetector(random_state=0).fit(table)


def unpacked(packed):
    """Turn packed numbers back, as the page does."""
    values = packed["values"]
    numbers = np.asarray(packed["least"]) + np.asarray(packed["step"]) * values.astype(float)
    return np.where(values == np.iinfo(values.dtype).max, np.nan, numbers)


def worked_out(decoder, codes):
    """Decode as the page does."""
    functions = {
        "linear": lambda x: x,
        "relu": lambda x: np.maximum(x, 0),
        "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
        "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
        "gelu": lambda x: x * special.ndtr(x),
        "tanh": np.tanh,
        "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
        "softplus": lambda x: np.logaddexp(0, x),
        "sinh": np.sinh,
    }
    numbers = np.asarray(codes, float)
    for layer in decoder["layers"]:
        if layer["kind"] == "some":
            numbers = numbers[:, layer["index"]]
        elif layer["kind"] == "means":
            numbers = square_means(numbers * layer["weight"], layer["shape"], layer["side"])
        else:
            summed = transposed_convolution if layer["kind"] == "convolution" else dense_sums
            numbers = functions[layer["activation"]](summed(layer, numbers)).reshape(len(numbers), -1)
    return numbers / decoder["factor"] + decoder["offset"]


def dense_sums(layer, numbers):
    return numbers @ layer["weight"].astype(float) + layer["bias"]


def transposed_convolution(layer, numbers):
    """By SciPy: zeros between the pixels, a full convolution of each channel, cut to what is kept."""
    weight, (top, left) = layer["weight"].astype(float), layer["before"]
    maps = numbers.reshape(len(numbers), *layer["inner"], -1)
    down, across = layer["stride"]
    spread = np.zeros((len(maps), maps.shape[1] * down, maps.shape[2] * across, maps.shape[3]))
    spread[:, ::down, ::across] = maps
    taps, outputs = weight.shape[:2], weight.shape[3]
    height, width = layer["outer"]
    sums = np.zeros((len(maps), height, width, outputs))
    for give, take in itertools.product(range(maps.shape[3]), range(outputs)):
        full = signal.convolve(spread[..., give], weight[None, :, :, give, take], method="direct")
        assert full.shape[1:] == tuple(np.add(spread.shape[1:3], taps) - 1)
        sums[..., take] += full[:, top : top + height, left : left + width]
    return sums + layer["bias"]


def square_means(images, shape, side):
    images = images.reshape(-1, *shape)
    squares = [
        images[:, top : top + side, left : left + side].mean(axis=(1, 2))
        for top in range(0, shape[0], side)
        for left in range(0, shape[1], side)
    ]
    return np.stack(squares, axis=1).reshape(len(images), -1)


@pytest.fixture(scope="session")
def chromium():
    """Start Chromium once a worker; give it, and the loop that Playwright waits in."""
    program = find_chromium()
    if program is None:
        absent(MISSING)
    with started(program) as browser:
        loop = asyncio.get_running_loop()
        asyncio._set_running_loop(None)
        yield browser, loop
        asyncio._set_running_loop(loop)


@pytest.fixture
def browser(chromium):
    """Lend Chromium to a test. Between tests Playwright's loop does not pass for one that runs."""
    browser, loop = chromium
    asyncio._set_running_loop(loop)
    yield browser
    asyncio._set_running_loop(None)


@pytest.fixture
def visit(browser):
    """Open pages from the disk with the network off; what a page complains of fails the test."""
    visit = Visit(browser)
    yield visit
    visit.end()


class Shown:
    """A page, and what it was made of.

    Parameters
    ----------
    folder : Path
        Where to write the page.
    model : estimator
        Fitted.
    X : array-like
        Rows.
    labels : array-like, optional
    **wishes
        Of `diabolo.report`.
    """

    def __init__(self, folder, model, X, labels=None, **wishes):
        self.model, self.X, self.labels, self.wishes = model, X, labels, wishes
        self.path = folder / "page.html"
        self.report = diabolo.report(model, X, labels, path=self.path, **wishes)


@pytest.fixture(scope="session")
def pictures(digits, tmp_path_factory):
    """Make a page of pictures with a code of two."""
    X, labels = (each[:300] for each in digits)
    model = Autoencoder(2, max_epochs=2, random_state=0).fit(X)
    columns = {"ink": X.sum(axis=1), "half": np.where(np.arange(300) < 150, "first", "second")}
    return Shown(tmp_path_factory.mktemp("pictures"), model, X, labels, label_name="digit", columns=columns)


@pytest.fixture(scope="session")
def curves(tmp_path_factory):
    """Make a page of a detector: waves of which some have a bump, and some have no label."""
    random = np.random.default_rng(11)
    time = np.linspace(0, 4 * np.pi, 140)
    X = np.sin(time + random.normal(0, 0.15, (220, 1))) * random.normal(1, 0.1, (220, 1))
    X += random.normal(0, 0.08, X.shape)
    labels = np.where(np.arange(220) % 5 == 4, "odd", "usual").astype(object)
    size = np.linspace(0.15, 1.5, 220)[:, None] * np.exp(-((time - 6) ** 2))
    X = np.where((labels == "odd")[:, None], X + size, X).astype(np.float32)
    model = AutoencoderDetector(random_state=0).fit(X[labels == "usual"])
    labels[[7, 44, 90]] = None
    folder = tmp_path_factory.mktemp("curves")
    return Shown(
        folder, model, X, labels, label_name="beat", normal_label="usual", model_name="waves.diabolo"
    )


NOTES = ["plain", 'says "no"', "one,two", " spaces ", "=1+1", "two\r\nlines", "a;b\ttab", "'", "中文", "שלום"]


@pytest.fixture(scope="session")
def cells(tmp_path_factory):
    """Make a page of a table with a sweep, a screening and a comparison."""
    random = np.random.default_rng(5)
    hidden = random.normal(size=(240, 3))
    X = hidden @ random.normal(size=(3, 9)) + random.normal(0, 0.1, (240, 9))
    names = ["age", "height", "weight", "pulse", "sugar", "iron", "salt", "sleep", "steps"]
    import pandas

    frame = pandas.DataFrame(X * np.logspace(-2, 3, 9) + 10, columns=names)
    labels = np.array(["north", "south", "west"])[np.argmax(hidden, axis=1)]
    model = Autoencoder(3, max_epochs=2, scale="standard", random_state=0).fit(frame)
    compare_with_linear(model, frame, n_splits=2)
    runs = tuple(
        {"reconstruction_error": 1 / k, "seconds": 1.0, "n_components": k, "seed": 0} for k in (1, 2, 3)
    )
    dose = np.where(np.arange(240) % 12 == 3, np.nan, random.lognormal(size=240))
    notes = [f"{NOTES[row % len(NOTES)]} {row}" if row % 7 else NOTES[row % len(NOTES)] for row in range(240)]
    return Shown(
        tmp_path_factory.mktemp("cells"), model, frame, labels, label_name="place", components=(0, 2),
        columns={"dose": dose, "note": notes}, sweep=Sweep(runs, 9, None),
        screening=diabolo.screen(X, hidden[:, 0]),
    )  # fmt: skip


@pytest.fixture(scope="session")
def convolved(digits, tmp_path_factory):
    """Make a page of pictures whose decoder the page does not work out."""
    X = digits[0][:90].reshape(-1, 8, 8)
    model = ConvolutionalAutoencoder(2, filters=(2,), max_epochs=1, random_state=0).fit(X)
    return Shown(tmp_path_factory.mktemp("convolved"), model, X, digits[1][:90])


@pytest.fixture(scope="session")
def categorical(table, tmp_path_factory):
    """Make a page of a table with a column of categories."""
    import pandas

    frame = pandas.DataFrame(table, columns=list("abcdefg"))
    frame.insert(2, "colour", np.where(table[:, 0] > 5, "red", "blue"))
    model = Autoencoder(2, categories=["colour"], max_epochs=1, random_state=0).fit(frame)
    return Shown(tmp_path_factory.mktemp("categorical"), model, frame, list("xyz") * 30)
