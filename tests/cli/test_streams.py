# ruff: noqa: E501 - error messages are shown whole
"""Several files by their names, and ``-`` in the place of a file."""

import io
import json
import shlex
import sys

import jax
import numpy as np
import pytest

import diabolo
from diabolo.cli.streams import SeveralFiles

QUICK = ("--hidden", "4", "--epochs", "1")
FLAG = ("--labels", "kind")


@pytest.fixture
def piped(run, monkeypatch):
    """Run a command with something on standard input."""

    def piped(given, *words):
        given = given if isinstance(given, bytes) else given.read_bytes()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        return run(*words)

    return piped


def weights(path):
    return [array.tolist() for array in jax.tree_util.tree_leaves(diabolo.load(path).network_)]


def next_commands(out):
    lines = out.partition("Next:\n")[2].splitlines()
    return [shlex.split(line) for line in lines]


def verb_of(words):
    """Cut off how the program is called."""
    return words[words.index("diabolo") + 1 :]


@pytest.fixture
def halves(files, tmp_path):
    """The table in two files."""
    header, *rows = files.table.read_text(encoding="utf-8").splitlines(keepends=True)
    paths = (tmp_path / "first half.csv", tmp_path / "second.csv")
    for path, part in zip(paths, (rows[:12], rows[12:]), strict=True):
        path.write_text("".join([header, *part]), encoding="utf-8")
    return paths


# Standard input and output


def test_rows_come_from_standard_input_and_go_to_standard_output(piped, run, files, tmp_path):
    path = tmp_path / "codes.csv"
    run("encode", files.model, files.table, *FLAG, "-o", path)
    status, out, err = piped(files.table, "encode", files.model, "-", *FLAG, "-o", "-")
    assert (status, out) == (0, path.read_text(encoding="utf-8"))
    assert "30 codes of" in err  # what is printed elsewhere
    assert "Next:" not in err  # what came in is gone
    assert sorted(each.name for each in tmp_path.iterdir()) == ["codes.csv"]
    status, out, err = piped(files.table, "encode", files.model, "-", *FLAG, "-o", "-", "--json")
    assert (status, out) == (0, path.read_text(encoding="utf-8"))
    assert json.loads(err)["rows"] == 30


def test_standard_input_is_read_as_often_as_training_wants(piped, run, files, tmp_path):
    whole, given = tmp_path / "whole.diabolo", tmp_path / "given.diabolo"
    run("fit", files.table, *FLAG, "-o", whole, *QUICK)
    status, out, err = piped(files.table, "fit", "-", *FLAG, "-o", given, *QUICK)
    assert status == 0
    assert [verb_of(words)[0] for words in next_commands(out)] == ["inspect"]
    assert "the first line of standard input was taken as column names" in err
    assert weights(given) == weights(whole)


@pytest.mark.parametrize(
    ("verb", "more"), [("decode", ()), ("reconstruct", ("--errors",)), ("reconstruct", ())]
)
def test_every_verb_that_writes_rows_writes_them_to_standard_output(piped, run, files, tmp_path, verb, more):
    data = files.codes if verb == "decode" else files.table
    path = tmp_path / "rows.csv"
    run(verb, files.model, data, *FLAG, *more, "-o", path)
    status, out, _ = piped(data, verb, files.model, "-", *FLAG, *more, "-o", "-")
    assert (status, out) == (0, path.read_text(encoding="utf-8"))


def test_scores_go_to_standard_output(piped, run, iris, tmp_path):
    path = tmp_path / "scores.csv"
    run("detect", "score", iris.model, iris.table, *iris.typed, "-o", path)
    status, out, err = piped(iris.table, "detect", "score", iris.model, "-", *iris.typed, "-o", "-")
    assert (status, out) == (0, path.read_text(encoding="utf-8"))
    assert "150 scores written to -" in err
    assert "Next:" not in err


def test_settings_of_text_hold_for_standard_input(piped, files):
    table = files.table.read_text(encoding="utf-8").replace(",", ";")
    german = "# by hand\n" + table.replace(".", ",")
    status, out, _ = piped(
        german.encode("utf-16-le"), "encode", files.model, "-", "--encoding", "utf-16-le", *FLAG, "-o", "-"
    )
    plain = piped(files.table, "encode", files.model, "-", *FLAG, "-o", "-")[1]
    assert status == 0
    assert [line.split(",")[:2] for line in out.splitlines()] == [
        line.split(",")[:2] for line in plain.splitlines()
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b"", "standard input is empty (0 bytes), so there are no rows to read."),
        (
            b"a,b\n1,x y\n",
            "standard input has text in the column 'b' (line 2: 'x y'), and features are numbers: carry it along",
        ),
        (
            b"\x93NUMPY\x01",
            "standard input is named as a text table but holds a NumPy array, as .npy files do",
        ),
        (
            b"a\n\xe4\n",
            "standard input is not UTF-8: byte 2 of the file (0xe4, in line 2) cannot be read; say ",
        ),
    ],
)
def test_what_is_wrong_with_standard_input_is_said(piped, tmp_path, given, said):
    status, _, err = piped(given, "fit", "-", "-o", tmp_path / "m.diabolo")
    assert status == 1
    assert said in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("fit", "TABLE", "-o", "-"),
            "-o - is for rows, and a model is no text; name a file, such as model.diabolo.",
        ),
        (
            ("encode", "MODEL", "TABLE", "--split", "-o", "-"),
            "--split writes two files, so -o - is not possible",
        ),
        (
            ("screen", "TABLE", "--target", "kind", "-o", "-"),
            "-o - is not possible, as a table of what was found",
        ),
        (("plot", "codes", "MODEL", "TABLE", "-o", "-"), "-o - has no suffix"),
    ],
)
def test_where_standard_output_cannot_be(run, files, words, said):
    words = [{"TABLE": files.table, "MODEL": files.model}.get(word, word) for word in words]
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert said in err


def test_nothing_goes_to_standard_output_before_it_is_whole(run, files, tmp_path, monkeypatch):
    from diabolo.data.formats.csv import CsvSink

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(CsvSink, "finish", fail)
    status, out, err = run("encode", files.model, files.table, *FLAG, "-o", "-")
    assert (status, out) == (1, "")
    assert "No space left on device" in err


# Several files


def test_several_files_are_read_as_one(run, files, halves, tmp_path):
    whole, parts = tmp_path / "whole.diabolo", tmp_path / "parts.diabolo"
    run("fit", files.table, *FLAG, "-o", whole, *QUICK)
    status, out, _ = run("fit", *halves, *FLAG, "-o", parts, *QUICK)
    assert status == 0
    assert f"from {halves[0]} and 1 more" in out
    assert weights(parts) == weights(whole)
    for words in next_commands(out):  # as printed
        assert run(*verb_of(words))[0] == 0
    codes = (tmp_path / "parts-codes.csv").read_text(encoding="utf-8")
    run("encode", whole, files.table, *FLAG, "-o", tmp_path / "codes.csv")
    assert codes == (tmp_path / "codes.csv").read_text(encoding="utf-8")


def test_several_files_for_a_verb_that_takes_a_model_first(piped, run, files, halves, tmp_path):
    expected = run("encode", files.model, files.table, *FLAG, "-o", "-")[1]
    assert run("encode", files.model, *halves, *FLAG, "-o", "-")[1] == expected
    assert piped(halves[1], "encode", files.model, halves[0], "-", *FLAG, "-o", "-")[1] == expected
    path = tmp_path / "codes.csv"
    out = run("encode", files.model, *halves, *FLAG, "-o", path, "--json")[1]
    assert json.loads(out)["data"] == [str(half) for half in halves]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("fit", "FIRST", "relu", "-o", "m.diabolo"),
            "there is no place for 'relu'; the form is: diabolo fit DATA",
        ),
        (("fit", "FIRST", "SECOND"), "-o MODEL is missing; the form is: diabolo fit DATA"),
        (
            ("encode", "FIRST", "SECOND", "-o", "codes.csv"),
            "and the model comes first: type MODEL, then DATA.",
        ),
        (
            ("encode", "MODEL", "FIRST", "SECOND", "-o", "SECOND"),
            "is the file that is read; choose another name.",
        ),
    ],
)
def test_several_files_that_cannot_be(run, files, halves, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    named = {"FIRST": halves[0], "SECOND": halves[1], "MODEL": files.model}
    status, _, err = run(*[named.get(word, word) for word in words])
    assert status in (1, 2)
    assert said in err


def test_files_of_other_columns_are_refused_by_name(run, files, halves, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("w,x,kind\n1,2,a\n")
    status, _, err = run("fit", halves[1], other, *FLAG, "-o", tmp_path / "m.diabolo")
    assert status == 1
    assert (
        f"{other} has 2 columns and {halves[1]} has 4: files read as one must have the same columns." in err
    )


def test_several_files_say_themselves():
    files = SeveralFiles(("a.csv", "b c.csv", "d.csv"))
    assert (str(files), files.words) == ("a.csv and 2 more", ["a.csv", "b c.csv", "d.csv"])


# Exports


def test_a_model_of_one_dialect_encodes_another(run, tmp_path):
    rows = np.random.default_rng(5).gamma(2, 400, (30, 3)).round(2)
    rows[:, 2] = np.round(rows[:, 2])
    plain, german = tmp_path / "plain.csv", tmp_path / "german.csv"
    plain.write_text(
        "id,dose,crp,share\n" + "".join(f"p{n},{a:.2f},{b:.2f},{c:.0f}\n" for n, (a, b, c) in enumerate(rows))
    )

    def as_german(number):
        return f"{number:,.2f}".translate(str.maketrans(",.", ".,"))

    lines = [f"p{n};{as_german(a)} µg;{as_german(b)};{c:.0f} %\n" for n, (a, b, c) in enumerate(rows)]
    lines[4] = lines[4].replace(f";{as_german(rows[4, 1])};", f";<{as_german(2 * rows[4, 1])};")
    german.write_text("# LIMS, Größen in µg\nid;dose;crp;share\n" + "".join(lines), encoding="cp1252")
    model = tmp_path / "m.diabolo"
    status, _, err = run("fit", german, "--labels", "id", "-o", model, *QUICK)
    assert status == 1
    assert "say --encoding cp1252" in err
    status, _, err = run("fit", german, "--labels", "id", "--encoding", "cp1252", "-o", model, *QUICK)
    assert status == 1
    assert "say what they count as with --below-limit half (--below-limit may be half, limit," in err
    read = ["--labels", "id", "--encoding", "cp1252", "--below-limit", "half"]
    status, out, err = run("fit", german, *read, "-o", model, *QUICK)
    assert status == 0
    for said in (
        "left out as no part of the table",
        "units beside the numbers",
        "count as half",
        "--thousands none",
    ):
        assert said.replace("count as", "counts as") in err
    first, second = (verb_of(words) for words in next_commands(out))
    assert run(*first)[0] == run(*second)[0] == 0
    of_german = (tmp_path / "m-codes.csv").read_text()
    status, of_plain, err = run("encode", model, plain, "--labels", "id", "-o", "-")
    assert status == 0
    assert of_plain == of_german


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--below-limit", "halve"), "--below-limit halve is not possible; expected one of 'half', 'limit', 'zero', 'missing'. Did you mean 'half'?"),
        (("--skip-lines", "-1"), "--skip-lines -1 is not possible; expected a whole number, 0 or more."),
        (("--encoding", "ansi"), "--encoding ansi is not possible; expected the name of one, such as 'cp1252', 'latin-1' or 'utf-16'. Did you mean 'cp1252'?"),
        (("--thousands", "."), None),
        (("--thousands", "x"), "--thousands must be ',', '.', ' ' or \"'\", the mark between thousands, or 'none'; got 'x'."),
        (("--sheet", "a"), "--sheet a means nothing to "),
        (("--charset", "x"), "did you mean --encoding?"),
        (("--lod", "half"), "did you mean --below-limit?"),
    ],
)  # fmt: skip
def test_settings_of_text_as_they_are_typed(run, files, tmp_path, words, said):
    status, _, err = run("fit", files.table, *FLAG, *words, "-o", tmp_path / "m.diabolo", *QUICK)
    if said is None:  # points between thousands, so commas before decimals: and between cells
        said = "--decimal , is the character between the cells, too; say which is with --delimiter."
    assert status == 2
    assert said in err
