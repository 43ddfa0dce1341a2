"""What an error names is there at its door: each setting that the source names, and what is raised."""

import ast
import inspect
import re

import numpy as np
import pytest
from tests.contracts.test_architecture import ROOT, sources

import diabolo
import diabolo.detection
import diabolo.evaluation
import diabolo.export
import diabolo.plotting
import diabolo.pyod
import diabolo.screening
import diabolo.workers
from diabolo.cli.page import FLAGS
from diabolo.errors import DiaboloError

ESTIMATORS = [
    diabolo.Autoencoder,
    diabolo.ConvolutionalAutoencoder,
    diabolo.DenoisingAutoencoder,
    diabolo.SparseAutoencoder,
    diabolo.VariationalAutoencoder,
]
DETECTORS = [diabolo.AutoencoderDetector]
OPENING = [diabolo.open, diabolo.hold_out]
SCREENING = [diabolo.screen, diabolo.screening.f_test, diabolo.screening.mutual_information]
SCREENING += [diabolo.ScreeningSelector]
COMPARING = [diabolo.evaluation.compare_with_linear, diabolo.evaluation.downstream_score]
# Where in the source -> the doors at which what is raised there is met.
DOORS = {
    "checkpoints/": [diabolo.Checkpoint, *ESTIMATORS],
    "cluster/": [diabolo.initialize_cluster, *ESTIMATORS],
    "data/memory.py": [*ESTIMATORS, *SCREENING],
    "data/rechunk.py": [*ESTIMATORS, *SCREENING],
    "data/categories.py": [*ESTIMATORS, *DETECTORS],
    "data/": OPENING,
    "detection/report.py": [diabolo.detection.detection_report, *DETECTORS],
    "detection/": [*DETECTORS],
    "estimators/_tasks.py": [diabolo.evaluation.latent_sweep, diabolo.evaluation.compare_with_linear],
    "estimators/": [*ESTIMATORS, *DETECTORS],
    "evaluation/principal_components.py": [diabolo.evaluation.StreamedPCA],
    "evaluation/numbers_alone.py": [*ESTIMATORS, *DETECTORS],
    "evaluation/sweep": [diabolo.evaluation.latent_sweep],
    "evaluation/": COMPARING,
    "export/": [diabolo.export.to_onnx, *ESTIMATORS],
    "groups/": [diabolo.find_groups],
    "parameters/": [*ESTIMATORS, *DETECTORS],
    "persistence/": DETECTORS,
    "plotting/codes.py": [diabolo.plot_codes],
    "plotting/image_shape.py": [diabolo.plot_reconstructions, diabolo.report],
    "plotting/history.py": [diabolo.plot_history],
    "plotting/reconstructions.py": [diabolo.plot_reconstructions],
    "plotting/series.py": [diabolo.plotting.plot_series],
    "plotting/sweep.py": [diabolo.plotting.plot_sweep],
    "reporting/": [diabolo.report],
    "pyod.py": [diabolo.pyod.AutoEncoder],
    "screening/": SCREENING,
    "series/": [diabolo.sliding_windows, diabolo.series.Windows, diabolo.series.PointScores],
    "training/placement.py": ESTIMATORS,
    "training/own_schedule.py": ESTIMATORS,
    "workers/": [diabolo.workers.open_workers],
}


def arguments_of(door):
    """Whatever may be said at a door: a function's arguments; those of a class and of its methods."""
    found = set(inspect.signature(door).parameters)
    if inspect.isclass(door):
        for name, method in inspect.getmembers(door, inspect.isfunction):
            found |= set() if name.startswith("_") else set(inspect.signature(method).parameters)
    return found


def named_in(path):
    """Yield the settings that a file names in its messages, with their lines."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in ("setting", "either"):
            continue
        first = node.args[0]
        if not isinstance(first, ast.Constant):
            continue
        names = [first.value] if node.func.id == "setting" else re.findall(r"\b(\w+)=", first.value)
        yield from ((name, node.lineno) for name in names)


NAMED = [
    (path.relative_to(ROOT).as_posix(), name, line)
    for path in sources()
    # Lines are for the command line: no function takes one.
    if path.name not in ("messages.py", "row_places.py") and "cli" not in path.parts
    for name, line in named_in(path)
]


@pytest.mark.parametrize(("path", "name", "line"), NAMED, ids=lambda value: str(value))
def test_what_a_message_names_is_an_argument_at_its_door(path, name, line):
    doors = next(doors for place, doors in DOORS.items() if path.startswith(place))
    # What is said of the dictionaries that hold a setting, such as k of bottleneck_params.
    inside = {"k": "bottleneck_params"}
    assert any(inside.get(name, name) in arguments_of(door) for door in doors), f"{path}, line {line}: {name}"


def test_most_messages_are_looked_at():
    assert len(NAMED) > 100
    assert {"normal_label", "resume", "keep_columns", "supervision"} <= {name for _, name, _ in NAMED}


X = np.random.default_rng(0).normal(size=(20, 4))


def problem_of(call):
    try:
        call()
    except DiaboloError as problem:
        return problem
    return None


@pytest.mark.parametrize("cls", [*ESTIMATORS, *DETECTORS], ids=lambda cls: cls.__name__)
def test_a_parameter_that_cannot_be_is_told_in_the_words_of_its_class(cls):
    for name in cls.PARAMETERS:
        problem = problem_of(cls(**{name: object()}).check_parameters)
        if problem is not None:
            assert {each.name for each in problem.message.settings} <= set(cls.PARAMETERS), (name, problem)


@pytest.mark.filterwarnings("ignore::diabolo.errors.DiaboloWarning")
@pytest.mark.parametrize("name", inspect.signature(diabolo.pyod.AutoEncoder).parameters)
def test_and_with_the_names_of_pyod(name):
    values = {"hidden_neuron_list": [0], "optimizer_params": {"beta": 3}, "lr": -1, "epoch_num": 0}
    problem = problem_of(
        lambda: diabolo.pyod.AutoEncoder(**{"verbose": 0, name: values.get(name, -1)}).fit(X)
    )
    known = set(inspect.signature(diabolo.pyod.AutoEncoder).parameters)
    if name in values:
        assert problem is not None
    if problem is not None:
        assert {each.name for each in problem.message.settings} <= known, problem
        for word in re.findall(r"\b([a-z_]+)=", str(problem)):
            assert word in known, problem


def test_pyod_says_where_else_something_is_said():
    problem = problem_of(lambda: diabolo.pyod.AutoEncoder().fit(np.where(X > 1, np.nan, X)))
    assert "set missing='mean' (of diabolo.AutoencoderDetector) or missing='mask'" in str(problem)


@pytest.mark.parametrize(
    "function",
    [
        lambda table: diabolo.hold_out(table, 0.5),
        lambda table: diabolo.screen(table, [1.0, 2, 3]),
        lambda table: diabolo.sliding_windows(table, 2),
        lambda table: diabolo.evaluation.StreamedPCA(1).fit(table),
        lambda table: diabolo.evaluation.latent_sweep(table, n_components=(1,)),
        lambda table: diabolo.evaluation.compare_with_linear(diabolo.Autoencoder(1), table),
    ],
)
def test_options_of_opening_are_told_as_those(function, tmp_path):
    import pandas

    frame = pandas.DataFrame({"a": [1.0, 2, 3], "kind": ["x", "y", "z"]})
    frame.to_csv(tmp_path / "table.csv", index=False)
    for table in (frame, tmp_path / "table.csv"):
        problem = problem_of(lambda table=table: function(table))
        if problem is None or "no table" in str(problem):  # a function that takes no path
            assert table is not frame
            continue
        assert str(problem).endswith(" Say so to diabolo.open, and give what it returns.")
        assert "keep_columns=[" in str(problem)


def test_the_command_line_has_a_flag_for_what_it_says():
    assert "normal_label" in FLAGS
