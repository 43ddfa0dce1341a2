"""Every line that a verb prints as next runs as it is printed, and what it prints then does, too."""

import csv
import shlex

import numpy as np
import pytest

QUICK = ("--hidden", "4", "--epochs", "2")
FEATURES = ["cell count", "CRP, mg/l", 'the "so"', "-p", "q"]
ID, GROUP, NOTE = "sample id", "group", "note, free"
KEEP = f'{ID},"{NOTE}"'


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Write a table with an id, a group and a note of text, under names with blanks, commas and quotes."""
    random = np.random.default_rng(4)
    rows = (random.normal(size=(40, 2)) @ random.normal(size=(2, 5))).round(3)
    path = tmp_path_factory.mktemp("an export") / "my table.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow([ID, *FEATURES[:2], GROUP, *FEATURES[2:], NOTE, "age"])
        for number, row in enumerate(rows):
            group, note = ["a", "b, c"][number % 2], "" if number % 3 else 'it is "so"'
            age = round(30 + 9 * row[0], 2)
            writer.writerow([f"p {number}", *row[:2], group, *row[2:], note, age])
    return path


def next_of(out):
    """Read the commands under the heading."""
    lines = out.partition("\nNext:\n")[2].splitlines()
    return [shlex.split(line) for line in lines]


def run_all(run, *words):
    """Run a command, and whatever is printed as next, until nothing new is; give back what was run."""
    waiting, done = [tuple(map(str, words))], []
    while waiting:
        command = waiting.pop(0)
        status, out, err = run(*command)
        assert status == 0, f"{shlex.join(command)}\n{err}"
        done.append(command)
        assert len(done) < 20
        for found in next_of(out):
            assert found[0] == "diabolo"
            if tuple(found[1:]) not in [*done, *waiting]:
                waiting.append(tuple(found[1:]))
    return done


def verbs(commands):
    return [" ".join(command[: 1 + (command[0] in ("plot", "detect"))]) for command in commands]


@pytest.mark.parametrize(
    "codes", ["codes.csv", "codes.tsv", "codes.parquet", "codes.npz", "codes.h5", "c.npy"]
)
def test_from_a_fit_to_a_map(run, table, tmp_path, codes):
    model = tmp_path / "a model.diabolo"
    aside = ["--labels", GROUP, "--keep", KEEP, "--drop", "age"]
    done = run_all(run, "fit", table, *aside, "-o", model, *QUICK)
    assert verbs(done) == ["fit", "encode", "inspect", "plot codes"]
    done = run_all(run, "encode", model, table, *aside, "-o", tmp_path / codes)
    assert verbs(done) == ["encode", "plot codes"]
    # What a verb wrote the next one reads, with the flags that the printed line has.
    words = done[1][3 : done[1].index("-o")]
    shown = [] if codes == "c.npy" else ["--labels", GROUP, "--keep", KEEP]
    assert list(words) == shown
    rows = tmp_path / "rows.csv"
    assert run("decode", model, tmp_path / codes, *words, "-o", rows)[0] == 0
    for verb, out in (
        (["reconstruct", model], "back.csv"),
        (["plot", "reconstructions", model], "rows.png"),
        (["plot", "codes", model], "map.png"),
        (["rechunk"], "rows.h5"),
    ):
        for place, typed in ((rows, shown), (table, aside)):
            status, _, err = run(*verb, place, *typed, "-o", tmp_path / out)
            assert status == 0, err
    assert run("inspect", model, rows, *shown, "--row", "3")[0] == 0


@pytest.mark.parametrize(
    "typed", [[], ["--keep", f'{GROUP},"{NOTE}"'], ["--labels", GROUP, "--columns", "-p,q"]]
)
def test_whatever_the_columns_are_called_for(run, table, tmp_path, typed):
    """Columns of text may be kept without a label, and the others named as the only features."""
    typed = typed or ["--keep", f'{ID},{GROUP},"{NOTE}"']
    typed = [*typed, "--drop", ID] if ID not in typed[1] and "--columns" not in typed else typed
    done = run_all(run, "fit", table, *typed, "-o", tmp_path / "m.diabolo", "-k", "1", *QUICK)
    assert verbs(done) == ["fit", "encode", "inspect", "plot codes"]


def test_a_table_without_names(run, tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("".join(f"p{n},{n % 7}.5,{n % 3}.25,{'ab'[n % 2]},{n % 5}.0\n" for n in range(30)))
    typed = ["--labels", "-2", "--keep", "0"]
    done = run_all(run, "fit", table, *typed, "-o", tmp_path / "m.diabolo", *QUICK)
    assert verbs(done) == ["fit", "encode", "inspect", "plot codes"]
    assert done[3][3:7] == ("--labels", "label", "--keep", "column_0")
    screened = ["screen", table, "--target", "-1", "--keep", "0,3", "--top", "1", "-o", tmp_path / "kept.csv"]
    assert verbs(run_all(run, *screened)) == ["screen", "fit", "encode", "inspect", "plot codes"]


@pytest.mark.parametrize("kept", ["kept.csv", "kept.parquet", "kept.h5", "kept.npz", "kept.npy"])
@pytest.mark.parametrize(
    "held",
    [
        [],
        ["--hold-out", "8", "--hold-out-by", GROUP, "--seed", "3"],
        ["--hold-out", "9", "--hold-out-ordered"],
    ],
)
def test_from_a_screening_to_a_map(run, table, tmp_path, kept, held):
    aside = ["--target", "age", "--keep", f'{ID},"{NOTE}",{GROUP}']
    done = run_all(run, "screen", table, *aside, *held, "--top", "2", "-o", tmp_path / kept)
    assert verbs(done)[:3] == ["screen", "fit", "encode"]
    assert verbs(done)[-1] == "plot codes"
    if kept == "kept.csv":
        assert done[1][2:4] == ("--target", "age")
        assert set(held) <= set(done[1])


@pytest.mark.parametrize(
    "typed", [["--keep", f"{KEEP},{GROUP}"], ["--labels", GROUP, "--normal", "a", "--keep", KEEP]]
)
def test_from_a_detector_to_its_scores(run, table, tmp_path, typed):
    done = run_all(run, "detect", "fit", table, *typed, "--drop", "age", "-o", tmp_path / "m.diabolo")
    assert verbs(done)[:3] == ["detect fit", "detect score", "detect evaluate"][
        : 3 - ("--labels" not in typed)
    ] + (["detect threshold"] if "--labels" not in typed else [])
    assert "detect threshold" in verbs(done)


def test_a_gap_is_filled_in_the_next_line_too(run, table, tmp_path):
    typed = ["--labels", GROUP, "--normal", "a", "--keep", KEEP, "--drop", "age"]
    assert run("detect", "fit", table, *typed, "-o", tmp_path / "m.diabolo", "-q")[0] == 0
    gappy = tmp_path / "gappy.csv"
    gappy.write_text(table.read_text().replace(",0.", ",,", 3).replace(",,", ",", 0))
    text = table.read_text().splitlines()
    cells = next(csv.reader([text[4]]))
    cells[1] = ""
    with gappy.open("w", newline="") as handle:
        csv.writer(handle).writerows([*csv.reader(text[:4]), cells, *csv.reader(text[5:])])
    score = [
        "detect",
        "score",
        tmp_path / "m.diabolo",
        gappy,
        "--labels",
        GROUP,
        "--keep",
        KEEP,
        "--drop",
        "age",
    ]
    assert run(*score, "-o", tmp_path / "s.csv")[0] == 1
    done = run_all(run, *score, "--missing", "mean", "-o", tmp_path / "s.csv")
    assert "detect evaluate" in verbs(done)


def test_from_a_detector_of_a_series_to_its_events(run, tmp_path):
    random = np.random.default_rng(6)
    heat, flow = random.normal(size=(2, 90)).cumsum(axis=1).round(3)
    table = tmp_path / "a series.csv"
    rows = [
        f"p {n},2026-03-{1 + n // 24:02} {n % 24:02}:00,{heat[n]},{flow[n]},{'xy'[n > 80]}" for n in range(90)
    ]
    table.write_text("\n".join(['id,"at, hour",heat,flow,state', *rows]) + "\n")
    typed = ["--window", "8", "--time", "at, hour", "--labels", "state", "--normal", "x", "--keep", "id"]
    done = run_all(run, "detect", "fit", table, *typed, "-o", tmp_path / "m.diabolo")
    assert verbs(done)[:3] == ["detect fit", "detect score", "detect evaluate"]
