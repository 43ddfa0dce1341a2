"""Every file that each verb writes against every file that it reads, as its own options say."""

import os
import shutil

import h5py
import numpy as np
import pytest

from diabolo.cli.app import VERBS, pages
from diabolo.cli.page import Page

# What else must be typed, before which nothing is looked at.
REQUIRED = {"name": "iris", "shell": "bash", "target": "kind", "labels": "kind"}


def all_pages():
    """Every verb with its options."""
    for verb in VERBS:
        found = pages(verb)
        if isinstance(found, Page):
            yield (verb,), found
        else:
            yield from (((verb, name), page) for name, page in found.items())


def written(page):
    return [option for option in page.options if option.writes is not None]


def read(page):
    return [option for option in page.options if option.is_read or option.may_be_file]


PAGES = list(all_pages())
WRITING = [(names, page, option) for names, page in PAGES for option in written(page)]
PAIRS = [(names, page, out, given) for names, page, out in WRITING for given in read(page)]


def called(values):
    return [
        "-".join([*value[0], *(option.flag or option.form for option in value[2:])]).replace("--", "")
        for value in values
    ]


def suffix_of(option):
    """A suffix that an option takes; of a table one that may hold several."""
    suffixes = option.writes.suffixes
    return ".h5" if ".h5" in suffixes else suffixes[0] if suffixes else ".diabolo"


def command(names, page, given, skipped=()):
    """Type a verb with everything that it must have, and some files for its options."""
    words, flags = list(names), []
    for option in page.options:
        value = given.get(option.name)
        if value is None and option.is_required:
            value = f"other-{option.name}.csv" if option.is_file else REQUIRED[option.name]
        if value is not None:
            (flags if option.flag else words).extend([option.flag, value] if option.flag else [value])
    return [*words, *flags]


def table(path):
    """A file with two tables, of which losing one would be a loss; of other kinds some text."""
    if path.suffix == ".h5":
        with h5py.File(path, "w") as file:
            file["data"], file["other"] = np.eye(5), np.eye(3)
    else:
        path.write_text("a,b,kind\n1,2,x\n3,4,y\n")


def test_each_verb_that_names_files_says_which_it_reads_and_which_it_writes():
    assert len(WRITING) > 20
    for names, page in PAGES:
        for option in page.options:
            says_so = option.help.startswith(("Where to write", "Draw", "Write", "Put the files"))
            assert (option.writes is not None) is (says_so and option.is_file), (names, option.form)


@pytest.mark.parametrize(("names", "page", "out", "given"), PAIRS, ids=called(PAIRS))
def test_no_output_is_written_over_an_input(run, tmp_path, monkeypatch, names, page, out, given):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "real").mkdir()
    suffix = suffix_of(out)
    path = tmp_path / "real" / f"part-1{suffix}"
    table(path)
    before = path.read_bytes()
    shutil.copy(path, tmp_path / "real" / f"part-2{suffix}")
    (tmp_path / f"soft{suffix}").symlink_to(path)
    (tmp_path / f"hard{suffix}").hardlink_to(path)
    (tmp_path / "folder").symlink_to("real")
    names_of_it = [f"real/part-1{suffix}", f"soft{suffix}", f"hard{suffix}", f"folder/part-1{suffix}"]
    addresses = [f"./real/../{names_of_it[0]}", f"real/part-1{suffix}::data", f"real/part-*{suffix}"]
    addresses.append(f"file://{path}")
    if given.may_be_file:
        addresses = addresses[:1]
    for typed in [*names_of_it, *addresses]:
        for written_to in names_of_it:
            words = command(names, page, {given.name: typed, out.name: written_to})
            status, said, err = run(*words)
            assert (status, said) == (2, ""), words
            flag = out.flags[0]
            assert err == f"diabolo: {flag} {written_to} is the file that is read; choose another name.\n"
    assert path.read_bytes() == before
    assert len(list(tmp_path.rglob("*"))) == 6


@pytest.mark.parametrize(("names", "page", "out"), WRITING, ids=called(WRITING))
def test_no_output_replaces_a_file_of_another_kind(run, tmp_path, monkeypatch, names, page, out):
    monkeypatch.chdir(tmp_path)
    if out.name == "into":
        pytest.skip("its files are looked at one by one, as they come")
    for option in read(page):
        table(tmp_path / f"other-{option.name}.csv")
    inputs = {option.name: f"other-{option.name}.csv" for option in read(page) if option.is_required}
    suffixes = out.writes.suffixes or (".diabolo", "")
    for suffix in suffixes if not out.writes.is_folder else [".csv"]:
        if suffix == ".zarr":
            continue
        path = tmp_path / f"thesis{suffix}"
        path.write_bytes(b"SQLite format 3\0" + bytes(range(256)))
        typed = path.name
        if out.writes.is_folder:
            typed, path = "folder", tmp_path / "folder" / "codes.csv"
            path.parent.mkdir()
            shutil.move(tmp_path / "thesis.csv", path)
        before = path.read_bytes()
        status, said, err = run(*command(names, page, {**inputs, out.name: typed}))
        assert (status, said) == (1, "")
        assert "a file that holds bytes of an unknown kind stands there, and" in err
        assert err.count("\n") == 1
        assert path.read_bytes() == before


@pytest.mark.parametrize("names", [("screen",), ("sweep",), ("clean",), ("groups",), ("detect", "score")])
def test_two_outputs_are_two_files(run, tmp_path, monkeypatch, names):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    page = dict(PAGES)[names]
    first, *others = written(page)
    for other in others:
        common = set(first.writes.suffixes) & set(other.writes.suffixes)
        for suffix in list(common)[:1]:
            words = command(names, page, {first.name: f"real/a{suffix}", other.name: f"link/a{suffix}"})
            status, _, err = run(*words)
            assert status == 2
            assert f" both write link/a{suffix}; give each a name of its own." in err


def test_what_is_written_beside_an_output_is_no_input_either(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for typed, beside in [
        (["screen", "kept-features.csv", "--target", "kind", "-o", "kept.h5"], "kept-features.csv"),
        (["encode", "m.diabolo", "c-train.csv", "--split", "-o", "c.csv"], "c-train.csv"),
        (["sweep", "s.csv.runs.jsonl", "-o", "s.csv"], "s.csv.runs.jsonl"),
    ]:
        (tmp_path / beside).write_text("a,b,kind\n1,2,x\n")
        flag, out = typed[-2:]
        status, _, err = run(*typed)
        said = f"{flag} {out} writes {beside}, which is the file that is read; choose another name."
        assert (status, err) == (2, f"diabolo: {said}\n")
        assert (tmp_path / beside).read_text() == "a,b,kind\n1,2,x\n"


def test_a_file_within_a_store_that_is_read(run, tmp_path, monkeypatch):
    import zarr

    monkeypatch.chdir(tmp_path)
    zarr.open_group("a.zarr", mode="w").create_array("data", data=np.eye(5))
    status, _, err = run("fit", "a.zarr", "-o", "a.zarr/m.diabolo")
    said = "-o a.zarr/m.diabolo is not apart from a.zarr, which is read; choose another name."
    assert (status, err) == (2, f"diabolo: {said}\n")
    status, _, err = run("rechunk", "a.zarr::data", "-o", "a.zarr")
    assert (status, err) == (2, "diabolo: -o a.zarr is the file that is read; choose another name.\n")


def test_an_output_lies_on_no_server_of_the_web(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, _, err = run("encode", "m.diabolo", "a.csv", "-o", "https://example.org/codes.csv")
    said = (
        "-o https://example.org/codes.csv is an address of the web, which is read from alone; name a file or "
        "a bucket."
    )
    assert (status, err) == (2, f"diabolo: {said}\n")


def test_a_codes_file_replaces_one_and_keeps_its_mode(run, files, tmp_path):
    for suffix in (".csv", ".npy", ".h5", ".parquet"):
        out = tmp_path / f"codes{suffix}"
        words = ("encode", files.model, files.table, "--labels", "kind", "-o", out)
        before = os.umask(0o027)
        try:
            assert run(*words)[0] == 0
        finally:
            os.umask(before)
        assert out.stat().st_mode & 0o777 == 0o640
        out.chmod(0o604)
        assert run(*words)[0] == 0
        assert out.stat().st_mode & 0o777 == 0o604


def test_a_picture_of_another_kind_stays_and_one_of_its_own_is_replaced(run, files, tmp_path):
    out = tmp_path / "map.png"
    words = ("plot", "codes", files.codes, "--labels", "kind", "-o", out)
    out.write_text("my notes")
    status, _, err = run(*words)
    assert (status, out.read_text()) == (1, "my notes")
    said = "a file that holds text stands there, and a .png picture replaces none of another kind"
    assert f"{out} cannot be written: {said}; choose another name, or remove it first." in err
    out.unlink()
    assert [run(*words)[0] for _ in range(2)] == [0, 0]
