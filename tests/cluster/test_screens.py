"""Screening by several processes: the numbers of one, and no cell read by two."""

import json
import subprocess
import sys

import h5py
import numpy as np
import pytest
from tests.cluster.conftest import finished, free_port

import diabolo
from diabolo.cli import main
from diabolo.cluster.team import Team
from diabolo.errors import ParameterError
from diabolo.workers import open_workers


@pytest.fixture(scope="module")
def found(run_cluster, tmp_path_factory):
    """Screen by one process and by two, and give what each process has written."""
    folder, random = tmp_path_factory.mktemp("screens"), np.random.default_rng(5)
    rows = random.normal(size=(600, 900)) + random.normal(size=900) * 100
    y = random.normal(size=600)
    rows[:, 7] += y
    rows[random.uniform(size=rows.shape) < 0.05] = np.nan
    rows[:, 3] = 4.0
    rows[:, 11] = np.nan
    rows[:300, 13] = np.nan  # known to one of two processes
    rows[:, 17] = np.arange(600) ** 3  # far from what the first rows say
    spoiled = rows.copy()
    spoiled[550, 880] = np.inf  # met by the last process
    for name, cells in (("rows", rows), ("spoiled", spoiled)):
        with h5py.File(folder / f"{name}.h5", "w") as file:
            file.create_dataset("rows", data=cells, chunks=(50, 100))
            file["age"] = y
    kept = {}
    for n_processes in (1, 2):
        run_cluster(
            "screens.py", n_processes, folder / "rows.h5", folder / "spoiled.h5", folder / f"{n_processes}"
        )
        kept[n_processes] = []
        for index in range(n_processes):
            with np.load(folder / f"{n_processes}-{index}.npz") as written:
                kept[n_processes].append(dict(written))
    return kept


def test_every_process_finds_what_one_process_finds(found):
    (expected,) = found[1]
    for process in found[2]:
        assert set(process) == set(expected)
        for name, values in expected.items():
            if name.endswith(".counts"):
                continue
            if "without" in name and values.dtype.kind == "f":
                # An F that is nearly 0 is what is left of sums that cancel.
                near = 1e-12 if name.startswith("f_test") else 1e-300
                np.testing.assert_allclose(process[name], values, rtol=1e-9, atol=near, err_msg=name)
            else:
                np.testing.assert_array_equal(process[name], values, err_msg=name)


def test_processes_find_the_same_to_the_bit(found):
    first, second = found[2]
    for name, values in first.items():
        if not name.endswith(".counts"):
            np.testing.assert_array_equal(values, second[name], err_msg=name)


def test_no_cell_is_read_by_two_or_by_none(found):
    for name in found[1][0]:
        if name.endswith(".counts"):
            read = [process[name] for process in found[2]]
            assert (sum(read) == 1).all(), name
            assert max(part.sum() for part in read) < 0.6 * read[0].size, name


def test_a_cell_that_cannot_be_ends_all_of_them_in_the_same_words(found):
    for process in (*found[1], *found[2]):
        for name in [each for each in process if each.endswith(".said")]:
            assert "row 550, column 880" in str(process[name])
            assert str(process[name]) == str(found[1][0][name])


def test_a_command_in_several_processes_is_written_and_told_once(tmp_path, capsys):
    random = np.random.default_rng(6)
    np.savez(tmp_path / "rows.npz", X=random.normal(size=(300, 500)), age=random.normal(size=300))
    words = ["screen", str(tmp_path / "rows.npz"), "--target", "age", "--top", "5", "--json"]
    main([*words, "-o", str(tmp_path / "one.npz")])
    alone = json.loads(capsys.readouterr().out)
    place = f"127.0.0.1:{free_port()},2"
    command = [sys.executable, "-m", "diabolo", *words, "-o", str(tmp_path / "two.npz"), "--distributed"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    first, second = finished([subprocess.Popen([*command, f"{place},{index}"], **pipes) for index in (0, 1)])
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert second.stdout == ""
    assert json.loads(first.stdout)["best"] == alone["best"]
    one, two = (tmp_path / f"{name}-features.csv" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--workers", "2"], "--workers parts the table itself: leave --distributed out."),
        (["--by", "m.diabolo"], "--by works in one process: leave --distributed out."),
    ],
)
def test_what_does_not_go_with_several_processes(tmp_path, capsys, words, said):
    np.savez(tmp_path / "rows.npz", X=np.eye(5), age=np.arange(5))
    (tmp_path / "m.diabolo").touch()
    words = [tmp_path / "m.diabolo" if word == "m.diabolo" else word for word in words]
    typed = [
        "screen",
        tmp_path / "rows.npz",
        "--target",
        "age",
        "--top",
        "2",
        *words,
        "-o",
        tmp_path / "a.npz",
    ]
    with pytest.raises(SystemExit) as ended:
        main([*map(str, typed), "--distributed", "127.0.0.1:9,2,0"])
    assert ended.value.code == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_a_process_of_a_cluster_takes_no_workers(monkeypatch):
    team = Team()
    team.n_processes = 2
    monkeypatch.setattr("diabolo.cluster.team._joined", [team])
    with open_workers() as workers, pytest.raises(ParameterError) as problem:
        diabolo.screen(np.eye(5), np.linspace(0.1, 0.9, 5), workers=workers)
    assert str(problem.value) == (
        "screen: workers cannot be given in a process of a cluster, which has its share of the table "
        "already; leave it out."
    )
