"""What a fit will take of memory, worked out beforehand."""

import ast
import re
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest

from diabolo import Autoencoder, ConvolutionalAutoencoder, DenoisingAutoencoder
from diabolo.data.array_source import ArraySource
from diabolo.errors import ParameterError
from diabolo.estimators import _memory
from diabolo.estimators._choices import checked_choices
from diabolo.estimators._memory import planned_memory
from diabolo.training import placement
from diabolo.training.rows import RowsStreamed

WIDE = 485_512
GIVEN_TAKEN = 150 * 10**6
FIXED = {"this process": GIVEN_TAKEN, "compiler": 350 * 10**6}
SMALL = np.random.default_rng(0).random((40, 6)).astype(np.float32)


class Unread(ArraySource):
    """A table of any size on a disk that takes no memory and must not be read."""

    in_memory = False

    def __init__(self, n_rows, n_features, block=1):
        super().__init__(
            np.lib.stride_tricks.as_strided(np.zeros(1, np.float32), (n_rows, n_features), (0, 0))
        )
        self.block = (block, n_features)

    def _read(self, rows, columns, out):
        raise AssertionError("a plan is made before anything is read")


class OnDisk(ArraySource):
    """A table that says it is no array."""

    in_memory = False


@dataclass(frozen=True)
class Shaped:
    """Stands for an array of any size."""

    shape: tuple[int, int]
    in_memory: bool = True
    is_compressed: bool = False

    @property
    def nbytes(self):
        return 4 * self.shape[0] * self.shape[1]


class Doubles(Shaped):
    """One of float64."""

    @property
    def nbytes(self):
        return 8 * self.shape[0] * self.shape[1]


@pytest.fixture(autouse=True)
def taken(monkeypatch):
    monkeypatch.setattr(_memory, "resident_bytes", lambda: GIVEN_TAKEN)
    monkeypatch.setattr(_memory, "compiler_bytes", lambda: FIXED["compiler"])


def plan(rows, y=None, make=Autoencoder, **parameters):
    image_shape = (*parameters["image_shape"], 1) if "image_shape" in parameters else None
    return planned_memory(checked_choices(make(**parameters)), rows, image_shape, y)


THREE = {"n_components": 128, "hidden_layer_sizes": (128, 128)}


def test_a_wide_table_on_disk_by_hand():
    """485,512 features through layers of 128, 128 and 128 numbers and back, with Adam, 64 rows at a time."""
    found = plan(Unread(2000, WIDE), batch_size=64, **THREE)
    ends = 2 * WIDE * 128 + WIDE
    inside = 4 * (128 * 128) + 5 * 128
    batch = 4 * 64 * WIDE
    assert found.parts == {
        **FIXED,
        "parameters": 4 * (ends + inside),
        "the best epoch": 0,
        "optimizer": 2 * 4 * (ends + inside),  # two moments
        "gradients": 4 * inside,  # those of the ends exist a block at a time
        "a step": batch,
        "column statistics": 4 * 8 * WIDE,
        "rows": 2 * (2**28 // batch * batch),  # two pools that take turns
    }
    assert found.total == sum(found.parts.values())
    assert found.rows_shuffled == 2**28 // batch * 64
    assert found.limit is None


def test_rows_to_validate_on_have_a_part_of_the_buffers():
    rows = Unread(200_000, 1000)
    found, alone = (
        planned_memory(checked_choices(Autoencoder()), rows, None, None, n_validation)
        for n_validation in (100_000, 0)
    )
    assert (found.buffer_bytes, found.validation_bytes) == (3 * 2**27, 2**27)
    assert alone.buffer_bytes == 2**29
    assert found.rows_shuffled < alone.rows_shuffled
    assert alone.parts["rows"] - 2**22 < found.parts["rows"] <= 2**29


def test_rows_on_disk_to_validate_on_are_counted_beside_a_table_in_memory():
    choices = checked_choices(Autoencoder())
    found, alone = (planned_memory(choices, ArraySource(SMALL), None, None, count) for count in (10**6, 0))
    assert (found.validation_bytes, alone.validation_bytes) == (2**27, 0)
    assert 2**26 < found.parts["rows"] - alone.parts["rows"] <= 2**27


def test_tied_weights_halve_the_matrices():
    found, tied = (plan(Unread(2000, WIDE), tied_weights=tied, **THREE) for tied in (False, True))
    numbers = [plan.parts["parameters"] // 4 for plan in (found, tied)]
    assert numbers[0] - numbers[1] == WIDE * 128 + 2 * 128 * 128
    assert tied.parts["parameters"] / found.parts["parameters"] == pytest.approx(0.5, abs=0.002)
    assert tied.parts["optimizer"] == 2 * tied.parts["parameters"]


@pytest.mark.parametrize(("optimizer", "slots"), [("adam", 2), ("adamw", 2), ("sgd", 1), ("adagrad", 1)])
def test_an_optimizer_takes_what_it_remembers(optimizer, slots):
    found = plan(Unread(2000, WIDE), optimizer=optimizer, **THREE)
    assert found.parts["optimizer"] == slots * found.parts["parameters"]


@pytest.mark.parametrize(
    ("settings", "copies"),
    [
        ({}, 1),
        ({"missing": "mask"}, 2),
        ({"noise": 0.1, "missing": "mask"}, 3),
        ({"tied_weights": True}, 2),
        ({"max_gradient_norm": 1.0}, 5),  # needs a gradient as a whole
    ],
)
def test_a_step_takes_its_batch_and_what_is_done_to_it(settings, copies):
    make = DenoisingAutoencoder if "noise" in settings else Autoencoder
    found = plan(Unread(2000, WIDE), make=make, batch_size=16, **THREE, **settings)
    assert found.parts["a step"] == copies * 4 * 16 * WIDE
    is_whole = "max_gradient_norm" in settings
    assert (found.parts["gradients"] == found.parts["parameters"]) == is_whole


def test_scaling_takes_statistics_and_a_target_a_column():
    plain, scaled = (plan(Unread(200, 1000), scale=scale) for scale in (None, "standard"))
    assert scaled.parts["column statistics"] - plain.parts["column statistics"] == 2 * 8 * 1000
    guided = plan(Unread(200, 1000), y=np.zeros(200), supervision_weight=1.0)
    assert guided.parts["rows"] - plain.parts["rows"] == 4 * (200 + 3 * 200)  # as a table, and as chunks


def test_a_small_network_is_counted_to_the_last_number():
    model = Autoencoder(3, hidden_layer_sizes=(5,), max_epochs=1).fit(SMALL)
    assert (
        plan(ArraySource(SMALL), n_components=3, hidden_layer_sizes=(5,)).parts["parameters"]
        == 4 * model.n_parameters_
    )
    settings = {"image_shape": (2, 3), "filters": (2,)}
    images = ConvolutionalAutoencoder(max_epochs=1, **settings).fit(SMALL)
    found = plan(ArraySource(SMALL), make=ConvolutionalAutoencoder, **settings)
    assert found.parts["parameters"] == 4 * images.n_parameters_


def test_the_best_epoch_lies_beside_the_present_one_where_held_out_rows_choose():
    settings = {"hidden_layer_sizes": (64,), "n_components": 8}
    rows = Unread(10**5, 1000)
    for found in (plan(rows, **settings), plan(rows, early_stopping=True, max_epochs=5, **settings)):
        assert found.parts["the best epoch"] == found.parts["parameters"] == 4 * (2 * 64 * 1008 + 1136)
    assert plan(rows, max_epochs=5, **settings).parts["the best epoch"] == 0


def test_networks_that_are_trained_side_by_side_are_counted_each():
    choices = checked_choices(Autoencoder())
    one, three = (planned_memory(choices, Shaped((300, 40)), None, None, 0, n) for n in (1, 3))
    for name in ("parameters", "the best epoch", "optimizer", "rows"):
        assert three.parts[name] == 3 * one.parts[name]
    assert three.parts["a step"] == one.parts["a step"]


def step_of(batch_size, make=ConvolutionalAutoencoder, **settings):
    limited = {"max_memory": "1TB", "batch_size": batch_size, **settings}
    return plan(Shaped((10_000, 32 * 32)), make=make, **limited).parts["a step"]


@pytest.mark.parametrize("how", ["pooled", "strided"])
def test_what_convolutions_take_is_asked_of_the_compiler(how):
    """At the least the first and the last maps lie there together, of 16 channels each."""
    settings = {"image_shape": (32, 32), "filters": (16,), "activation": "tanh"}
    if how == "strided":
        settings |= {"downsample": "stride", "upsample": "transposed"}
    small, large = (step_of(batch, **settings) for batch in (256, 512))
    first, last = (32 * 32 if how == "pooled" else 16 * 16) * 16, 32 * 32 * 16
    assert small >= 4 * 256 * (first + last)
    assert small < large <= 2.2 * small
    unlimited = plan(Shaped((10_000, 32 * 32)), make=ConvolutionalAutoencoder, batch_size=256, **settings)
    assert unlimited.parts["a step"] == 5 * 4 * 256 * 32 * 32  # nothing is compiled for it


def test_rows_are_measured_at_least_as_many_at_once_as_the_step_is_counted_for():
    settings = {"image_shape": (32, 32), "filters": (16,)}
    # 2^22 numbers of the widest maps.
    assert step_of(8, **settings) * 8 > 4 * 256 * 32 * 32 * 16


def test_under_a_limit_a_table_of_doubles_is_not_copied_whole():
    table = Doubles((10**6, 100))
    copied, by_chunks = (
        plan(table, max_memory=limit, batch_size=64).parts["rows"] for limit in (None, "4GB")
    )
    assert copied == 4 * 10**8
    assert by_chunks == 2**25 + 2 * 4 * 100 * 64


def test_a_table_in_memory_goes_to_the_device_by_chunks_or_once():
    assert plan(Shaped((1000, 10))).parts["rows"] == 4 * 1000 * 10
    large = plan(Shaped((10**6, 1000)), batch_size=32)
    assert large.parts["rows"] == 2**25 + 2 * 4 * 1000 * 32
    assert large.rows_shuffled == 0


def test_the_survey_before_the_network_counts_too():
    """It reads whole blocks of the file, unless they are far too large, which are read in parts."""
    settings = {
        "n_components": 2,
        "hidden_layer_sizes": (),
        "initializer": "glorot_uniform",
        "max_memory": "20GB",
    }
    thin, thick, tall = (plan(Unread(10**6, 8, block=block), **settings).start for block in (1, 2**22, 10**6))
    assert thin == GIVEN_TAKEN + FIXED["compiler"] + 4 * 4 * (8 * 2 + 2 + 2 * 8 + 8)
    assert (thick, tall) == (thin, thin)
    settings["batch_size"], settings["n_components"] = 1, 1
    wide = Unread(2000, WIDE)
    parts = {block: plan(Unread(2000, WIDE, block=block), **settings) for block in (1, 64, 2000)}
    statistics = 2 * 4 * 8 * WIDE
    for block, at_once in ((1, 17), (64, 64), (2000, 17)):
        bytes_at_once = at_once * wide.n_features * 4
        assert parts[block].start == GIVEN_TAKEN + max(
            bytes_at_once + statistics, FIXED["compiler"] + 4 * parts[block].parts["parameters"]
        )


def test_the_linear_answer_before_the_network_counts_too():
    """All products of features with each other in 8 bytes, ten times, and guided twenty times."""
    rows = Shaped((10_000, 1500))
    alone, guided, none = (
        plan(rows, y, **settings).start - GIVEN_TAKEN
        for y, settings in (
            (None, {}),
            (np.zeros(10_000), {"supervision_weight": 1.0}),
            (None, {"initializer": "glorot_uniform"}),
        )
    )
    assert guided - alone == 10 * 8 * 1500**2
    assert alone - none >= 10 * 8 * 1500**2
    few, many = (plan(Shaped((n_rows, 4000))).start for n_rows in (1000, 100_000))
    # Rows' products and the rows, in 8 bytes; leading axes of features alone.
    assert few - GIVEN_TAKEN > 8 * (10 * 1000**2 + 2 * 1000 * 4000)
    assert many < few


# The limit


@pytest.mark.parametrize(
    ("amount", "n_bytes"), [("4GB", 4 * 10**9), ("4 GiB", 2**32), (3_500_000_000, 3_500_000_000)]
)
def test_a_limit_may_be_typed_or_counted(amount, n_bytes):
    found = plan(Unread(2000, WIDE), max_memory=amount, **THREE)
    assert found.limit == n_bytes
    assert found.total <= n_bytes


@pytest.mark.parametrize("amount", ["much", "4 parsecs", "-1GB", 2.5, True, "", 0, -5, "0GB"])
def test_an_amount_that_cannot_be_is_refused(amount):
    with pytest.raises(ParameterError, match=r"^max_memory|Autoencoder: max_memory") as caught:
        Autoencoder(max_memory=amount, max_epochs=1).fit(SMALL)
    assert repr(amount) in str(caught.value)


def test_the_limit_decides_how_many_rows_are_shuffled_together():
    rows = Unread(10_000, 100_000)
    settings = {"batch_size": 16, "n_components": 4, "hidden_layer_sizes": (32,)}
    found = [plan(rows, max_memory=amount, **settings) for amount in ("700MB", "1GB", "2GB", "20GB")]
    shuffled = [each.rows_shuffled for each in found]
    assert shuffled == sorted(shuffled)
    assert len(set(shuffled)) == 4
    assert shuffled[-1] == 10_000  # all of them
    for each in found[:-1]:
        assert each.total <= each.limit
        chunk = each.buffer_bytes // 2 // (4 * 100_000)
        assert each.rows_shuffled == chunk // 16 * 16
        assert f"; {each.rows_shuffled:,} rows are shuffled together" in each.text()
    # All of them are read once, and go to the device by batches: two take turns, one is put in order.
    assert found[-1].parts["rows"] == (10_000 + 3 * 16 * 2) * 100_000 * 4


def test_the_stream_has_the_rows_that_the_plan_says(monkeypatch):
    made, init = [], RowsStreamed.__init__

    def noted(self, *arguments, **settings):
        made.append(self)
        init(self, *arguments, **settings)

    monkeypatch.setattr(RowsStreamed, "__init__", noted)
    monkeypatch.setattr(placement, "_RESIDENT_BYTES", 0)
    settings = {"batch_size": 8, "max_epochs": 1, "hidden_layer_sizes": (), "n_components": 2}
    fixed = plan(OnDisk(SMALL), **settings)
    limit = sum(fixed.parts.values()) - fixed.parts["rows"] + 2 * 4 * 6 * 19
    found = plan(OnDisk(SMALL), max_memory=limit, **settings)
    assert found.rows_shuffled == 16
    Autoencoder(max_memory=limit, **settings).fit(OnDisk(SMALL))
    assert made[0].rows_per_chunk == 16


# The refusal

REFUSED = {
    "three layers": (Unread(2000, WIDE), THREE, "1.5GB"),
    "three layers, nearly": (Unread(2000, WIDE), THREE, "2GB"),
    "large batches": (Unread(2000, WIDE), {**THREE, "batch_size": 2000, "tied_weights": True}, "5GB"),
    "one layer": (Unread(2000, WIDE), {"hidden_layer_sizes": (), "n_components": 256}, "3GB"),
    "in memory": (Shaped((100, 100_000)), THREE, "650MB"),
    "guided": (Unread(2000, 200_000), {**THREE, "supervision_weight": 1.0}, "900MB"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_suggested_fits(case):
    rows, settings, limit = REFUSED[case]
    y = np.zeros(rows.shape[0]) if "supervision_weight" in settings else None
    with pytest.raises(ParameterError) as caught:
        plan(rows, y, max_memory=limit, **settings)
    said = str(caught.value)
    assert said.startswith(f"Autoencoder: max_memory='{limit}' is too little for this fit, which takes ")
    for part in (
        "this process",
        "compiler",
        "parameters",
        "optimizer",
        "a step",
        "column statistics",
        "rows",
    ):
        assert part in said
    suggested = re.findall(r"(\w+)=((?:\([^)]*\)|[^ ,]+)) \(", said.partition("; try ")[2])
    assert suggested
    for name, value in suggested:
        changed = plan(rows, y, max_memory=limit, **{**settings, name: ast.literal_eval(value)})
        assert changed.total <= changed.limit


def test_each_suggestion_is_made_where_it_helps():
    said = {}
    for limit in ("600MB", "900MB", "2GB"):
        with pytest.raises(ParameterError) as caught:
            plan(Unread(2000, WIDE), max_memory=limit, **THREE)
        said[limit] = str(caught.value).partition("; ")[2]
    assert said["600MB"] == "screen the features first, or allow more."
    assert said["900MB"].startswith("try hidden_layer_sizes=(8, 8) (")
    assert "hidden_layer_sizes=(32, 32)" in said["2GB"]
    assert "tied_weights=True" in said["2GB"]
    assert "optimizer='sgd'" in said["2GB"]


def test_a_fit_is_refused_before_anything_is_read():
    for make in (Autoencoder, DenoisingAutoencoder):
        with pytest.raises(ParameterError, match=f"^{make.__name__}: max_memory='1GB' is too little"):
            make(max_memory="1GB", **THREE).fit(Unread(2000, WIDE))


def test_a_lighter_optimizer_is_no_suggestion_to_one_that_is_light():
    with pytest.raises(ParameterError) as caught:
        plan(Unread(2000, WIDE), max_memory="1.1GB", optimizer="sgd", tied_weights=True, **THREE)
    assert "sgd" not in str(caught.value)
    assert "tied_weights" not in str(caught.value)


TWICE = """
import re, numpy as np
from diabolo import Autoencoder
from diabolo.errors import ParameterError
X = np.random.default_rng(0).normal(size=(50_000, 200)).astype(np.float32)
def least():
    try:
        model(1).fit(X)
    except ParameterError as refusal:
        return float(re.search(r"takes ([0-9.]+) MB", str(refusal))[1])
def model(limit):
    return Autoencoder(8, hidden_layer_sizes=(1024,), max_epochs=1, random_state=0, max_memory=limit)
first = least()
model("2GB").fit(X)
print(first, least())
"""


def test_what_a_fit_leaves_is_not_counted_against_the_next():
    ended = subprocess.run([sys.executable, "-c", TWICE], capture_output=True, text=True, check=True)
    first, second = map(float, ended.stdout.split())
    assert second <= first + 20  # some programs stay, and no array does: X alone has 40 MB


# What is said


def test_the_plan_is_printed_where_the_fit_tells_of_itself(capsys):
    settings = {"hidden_layer_sizes": (), "n_components": 2, "max_epochs": 1}
    Autoencoder(verbose=1, max_memory="4GB", **settings).fit(OnDisk(SMALL))
    first = capsys.readouterr().out.splitlines()[0]
    expected = plan(OnDisk(SMALL), max_memory="4GB", **settings)
    assert first == expected.text()
    assert first.startswith("memory: 500.")
    assert " of 4.00 GB allowed (this process 150.0 MB, compiler 350.0 MB, parameters " in first
    assert first.endswith("; 40 rows are shuffled together")
    Autoencoder(**settings).fit(OnDisk(SMALL))
    assert capsys.readouterr().out == ""
