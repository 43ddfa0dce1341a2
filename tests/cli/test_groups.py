"""``diabolo groups``."""

import csv
import json
import shlex

import h5py
import numpy as np
import pytest

import diabolo
from diabolo.groups import find_groups


@pytest.fixture(scope="session")
def flowers(iris, tmp_path_factory):
    from diabolo.cli import main

    path = tmp_path_factory.mktemp("groups") / "flowers.diabolo"
    words = ["--scale", "standard", "--epochs", "1", "-o", str(path), "-q"]
    main(["fit", str(iris.table), *iris.typed, *words])
    return path


def found_in(iris, flowers, **asked):
    model = diabolo.load(flowers)
    del model.feature_names_in_
    return find_groups(model, iris.rows, **asked)


def lines_of(path):
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_a_column_of_groups_is_written(run, iris, flowers, tmp_path):
    path = tmp_path / "g.csv"
    status, out, err = run("groups", flowers, iris.table, *iris.typed, "-o", path)
    assert (status, err) == (0, "")
    lines, expected = lines_of(path), found_in(iris, flowers)
    assert list(lines[0]) == ["group", "species", "id"]
    assert [int(line["group"]) for line in lines] == expected.labels.tolist()
    assert [line["species"] for line in lines] == iris.labels
    assert lines[3]["id"] == 'r3, "x"'
    said = out.splitlines()
    assert said[0] == "2 groups among 150 rows, by HDBSCAN (groups of 12 rows or more)"
    assert expected.verdict in said
    assert f"group 1: {expected.sizes[1]} rows ({expected.sizes[1] / 150:.1%})" in said
    feature = expected.features(1)[0]
    assert f"  {iris.names[int(feature.name[1:])]}" in out
    assert f"the groups of 150 rows written to {path}, with the columns 'species', 'id'" in said
    score = expected.agreement(iris.labels)
    assert f"Adjusted Rand index with species: {score:.2f} (1 is the same, 0 chance)" in said


def test_the_next_command_draws_and_runs_as_printed(run, iris, flowers, tmp_path):
    path = tmp_path / "my groups.csv"
    asked = ["--number", "3", "--seed", "4", "--top", "1"]
    command = run("groups", flowers, iris.table, *iris.typed, *asked, "-o", path)[1].splitlines()[-1]
    before, words = path.read_bytes(), shlex.split(command)[1:]
    status, out, err = run(*words)
    assert (status, err) == (0, "")
    assert path.read_bytes() == before
    picture = tmp_path / "my groups.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert out.splitlines()[-1] == f"picture written to {picture}"
    assert len(set(words) & {"--number", "3", "--seed", "4", "--top", "1"}) == 6


def test_json_says_the_same(run, iris, flowers, tmp_path):
    path = tmp_path / "g.npy"
    words = ["groups", flowers, iris.table, *iris.typed, "--method", "kmeans", "-o", path]
    record = json.loads(run(*words, "--json", "--top", "2")[1])
    expected = found_in(iris, flowers, method="k-means")
    np.testing.assert_array_equal(np.load(path)[:, 0], expected.labels)
    assert record["n_clusters"] == expected.n_groups
    assert [group["rows"] for group in record["groups"]] == expected.sizes.tolist()
    assert len(record["groups"][0]["features"]) <= 2
    assert record["stability"]["agreement"] == pytest.approx(expected.stability.agreement)
    assert record["verdict"] == expected.verdict
    assert record["agreement"] == pytest.approx(expected.agreement(iris.labels))


def test_numbers_are_no_classes_to_agree_with(run, iris, flowers, tmp_path):
    table = tmp_path / "t.csv"
    with table.open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow([*iris.names, "age", "empty"])
        writer.writerows([*row, number / 7, ""] for number, row in enumerate(iris.rows))
    for label, kept in (("age", "empty"), ("empty", "age")):
        words = ["--labels", label, "--keep", kept, "--number", "2", "-o", tmp_path / "g.csv"]
        status, out, _ = run("groups", flowers, table, *words)
        assert status == 0
        assert "Adjusted Rand" not in out


@pytest.mark.parametrize("suffix", [".tsv", ".npz", ".h5", ".parquet", ".feather"])
def test_every_format_holds_it(run, iris, flowers, tmp_path, suffix):
    path = tmp_path / f"g{suffix}"
    assert run("groups", flowers, iris.table, *iris.typed, "--number", "2", "-o", path)[0] == 0
    back = diabolo.open(path, keep_columns=["species", "id"])
    assert back.shape == (150, 1)
    np.testing.assert_array_equal(back[:, 0], found_in(iris, flowers, n_clusters=2).labels)
    assert list(back.carried["species"]) == iris.labels
    if suffix == ".h5":
        with h5py.File(path) as file:
            assert file["data"].dtype == np.int64


def test_a_column_of_that_name_is_kept_under_another(run, files, tmp_path):
    table = tmp_path / "t.csv"
    lines = files.table.read_text(encoding="utf-8").splitlines()
    table.write_text("\n".join([lines[0].replace("kind", "group"), *lines[1:]]), encoding="utf-8")
    words = ["groups", files.model, table, "--labels", "group", "--number", "2"]
    status, _, err = run(*words, "-o", tmp_path / "g.csv")
    assert status == 0
    assert f"{table} has a column 'group' of its own, which is written as 'data_group' here" in err
    assert list(lines_of(tmp_path / "g.csv")[0]) == ["group", "data_group"]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("--number 1", 2, "--number 1 is not possible; expected a whole number, 2 or more."),
        ("--method dbscan", 2, "Did you mean 'hdbscan'?"),
        (
            "--number 3 --method hdbscan",
            2,
            "--number 3 is for --method k-means, and these groups are made by",
        ),
        ("--number 3 --min-size 9", 2, "--min-size 9 is for --method hdbscan"),
        ("--number 400", 1, "too few for 400 groups; give rows that differ, or ask for fewer groups."),
        ("--plot g.gif", 2, "--plot g.gif ends in '.gif', and the suffix says what to write: .png"),
        ("--picture g.png", 2, "diabolo groups has no option --picture; did you mean --plot?"),
        ("--clusters 3", 2, "diabolo groups has no option --clusters;"),
    ],
)
def test_what_cannot_be_meant(run, iris, flowers, tmp_path, words, status, said):
    given = run("groups", flowers, iris.table, *iris.typed, *shlex.split(words), "-o", tmp_path / "g.csv")
    assert given[0] == status
    assert said in given[2]
    assert not (tmp_path / "g.csv").exists()


def test_a_detector_has_no_groups(run, iris, tmp_path):
    status, _, err = run("groups", iris.model, iris.table, *iris.typed, "-o", tmp_path / "g.csv")
    assert status == 1
    assert f"{iris.model} is a detector, which scores rows and gives no codes" in err


def test_the_verb_is_found_under_other_names(run):
    assert "Did you mean 'groups'?" in run("cluster", "m.diabolo", "t.csv")[2]
