"""Columns of text that nobody named: the lines that are printed to be typed instead run as they stand."""

import csv
import shlex

import numpy as np
import pandas
import pytest

import diabolo

QUICK = ["--epochs", "2", "--components", "2"]


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """An export with an id, two columns of few values, and two numbers."""
    random = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("an export") / "my table.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["sample", "size", "kind, old", "site", "mass"])
        for n in range(40):
            size, mass = random.normal(size=2).round(3)
            writer.writerow([f"p{n}", size, "ab"[n % 2], ["x", "y", "z"][n % 3], mass])
    return path


def lines(err):
    """Return the commands of a refusal, by what stands before them."""
    return {
        before: shlex.split(line)
        for part in err.rstrip().replace("\nor ", "; ").split("; ")
        if ": diabolo " in part
        for before, line in [part.split(": ", 1)]
    }


@pytest.mark.parametrize("verb", [["fit"], ["detect", "fit"]])
@pytest.mark.parametrize(
    "typed", [[], ["--categories", "site"], ["--categories=site"], ["--keep", "sample"], ["--drop", "site"]]
)
def test_columns_of_few_values_are_offered_as_categories(run, table, tmp_path, verb, typed):
    model = tmp_path / "m.diabolo"
    words = [*verb, table, *typed, "-o", model, *(QUICK if verb == ["fit"] else [])]
    status, _, err = run(*words)
    assert status == 1
    found = lines(err)
    values = "which holds few values" if typed and "--keep" not in typed else "which hold few values"
    named = "'kind, old'" if values == "which holds few values" else "'kind, old', 'site'"
    learn = f"to learn from {named}, {values}"
    assert list(found) == ["all of it", learn]
    expected = {"all of it": () if "site" not in str(typed) or "--drop" in typed else ("site",)}
    expected[learn] = ("kind, old",) if "--drop" in typed else ("kind, old", "site")
    for before, (program, *command) in found.items():
        assert program == "diabolo"
        assert run(*command, "-q")[::2] == (0, "")
        table_ = getattr(diabolo.load(model), "categories_", None)
        assert tuple(sorted(table_.category_names if table_ else ())) == expected[before]
        assert sum(word.startswith("--categories") for word in command) == bool(expected[before])


def test_a_table_of_text_alone(run, tmp_path):
    """Nothing is left where all of it is carried along, so that is not offered."""
    path = tmp_path / "t.csv"
    path.write_text("id,kind,site\n" + "".join(f"p{n},{'ab'[n % 2]},{'xyz'[n % 3]}\n" for n in range(30)))
    status, _, err = run("fit", path, "--header", "-o", tmp_path / "m.diabolo", *QUICK)
    assert status == 1
    assert "has no numbers, but text in 3 columns, " in err
    found = lines(err)
    assert list(found) == ["to learn from 'kind', 'site', which hold few values"]
    (command,) = found.values()
    assert run(*command[1:], "-q")[::2] == (0, "")


@pytest.mark.parametrize(
    "words",
    [
        ["fit", "--compare"],
        ["fit", "--kind", "convolutional"],
        ["detect", "fit", "--window", "4"],
        ["sweep", "--components", "1,2"],
    ],
)
def test_they_are_not_offered_where_they_cannot_be(run, table, tmp_path, words):
    at = 1 + (words[0] == "detect")
    status, _, err = run(
        *words[:at],
        table,
        *words[at:],
        "-o",
        tmp_path / "m.csv" if words[0] == "sweep" else tmp_path / "m.diabolo",
    )
    assert (status, list(lines(err))) == (1, ["all of it"]), err


def test_a_column_of_many_values_is_not_offered(run, table, tmp_path):
    words = ["fit", table, "--keep", '"kind, old",site', "-o", tmp_path / "m.diabolo", *QUICK]
    status, _, err = run(*words)
    assert (status, list(lines(err))) == (1, ["all of it"])


@pytest.mark.parametrize("extra", [["id"], ["id", "more"], ["more"]])
@pytest.mark.parametrize("suffix", [".csv", ".npy"])
def test_columns_that_the_rows_of_validation_alone_have(run, tmp_path, extra, suffix):
    """What is advised holds for both files, as flags do."""
    random, data = np.random.default_rng(3), tmp_path / f"rows{suffix}"
    frame = pandas.DataFrame(random.normal(size=(30, 3)).round(3), columns=["a", "b, c", "d"])
    if suffix == ".csv":
        frame.assign(kind=["x", "y"] * 15).to_csv(data, index=False)
    else:
        np.save(data, frame.to_numpy())
    wider = frame.assign(id=[f"p{n}" for n in range(30)], more=2.5, kind=["x", "y"] * 15)
    names = [*frame, *extra] + ["kind"] * (suffix == ".csv")
    wider[names].to_csv(tmp_path / "new.csv", index=False)
    words = ["fit", data, "--validation", tmp_path / "new.csv", "-o", tmp_path / "m.diabolo", *QUICK]
    words += ["--categories", "kind"] if suffix == ".csv" else []
    status, _, err = run(*words)
    assert status == 1
    if suffix == ".npy":
        is_text = "id" in extra
        assert f"take out of it what {data} lacks." in err if is_text else "columns and the model" in err
        return
    assert all(f"'{name}'" in err for name in extra)
    assert "that the model was not trained on; type --columns " in err
    typed = shlex.split(err.rpartition("; type ")[2].partition(" to read no others of either file.")[0])
    assert typed == ["--columns", 'a,"b, c",d']
    assert run(*words, *typed, "-q")[::2] == (0, "")


def test_too_many_columns_to_type_them(run, tmp_path):
    rows = pandas.DataFrame(np.random.default_rng(4).normal(size=(12, 60))).add_prefix("n")
    rows.to_csv(tmp_path / "rows.csv", index=False)
    rows.assign(id="p").to_csv(tmp_path / "new.csv", index=False)
    words = ["fit", tmp_path / "rows.csv", "--validation", tmp_path / "new.csv", "-o", tmp_path / "m.diabolo"]
    _, _, err = run(*words, *QUICK)
    assert err.endswith(f"trained on; take out of it what {tmp_path / 'rows.csv'} lacks.\n")
