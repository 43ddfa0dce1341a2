"""Where data sets are looked for, and in which order."""

import gzip
import sys
from pathlib import Path

import pytest

from diabolo.datasets import places
from diabolo.datasets.places import cache_folder, find_file, folders
from diabolo.training import compilation


def test_the_cache_is_beside_that_of_compiled_programs(monkeypatch):
    monkeypatch.delenv("DIABOLO_CACHE_DIR")
    assert places.CACHE_VARIABLE == compilation.CACHE_VARIABLE
    for platform in ("linux", "darwin", "win32"):
        monkeypatch.setattr(sys, "platform", platform)
        assert cache_folder().parent == compilation.cache_folder().parent
        assert cache_folder().name == "datasets"


def test_the_cache_follows_the_variable(monkeypatch):
    monkeypatch.setenv("DIABOLO_CACHE_DIR", "~/somewhere")
    assert cache_folder() == compilation.cache_folder() / "datasets" == Path.home() / "somewhere" / "datasets"
    for off in ("off", "0", "", " OFF "):
        monkeypatch.setenv("DIABOLO_CACHE_DIR", off)
        assert cache_folder() is None


def test_the_cache_follows_xdg(monkeypatch, tmp_path):
    monkeypatch.delenv("DIABOLO_CACHE_DIR")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "diabolo" / "datasets"


def test_a_user_without_a_home_has_no_cache(monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    for name in ("DIABOLO_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(Path, "home", homeless)
    assert cache_folder() is None


def test_the_order(small, own_places, monkeypatch):
    data, system, cache = own_places
    assert folders(small.dataset) == [data / "small", system / "small", cache / "small"]
    monkeypatch.setenv("DIABOLO_DATA", " ")
    monkeypatch.setenv("DIABOLO_CACHE_DIR", "off")
    assert folders(small.dataset) == [system / "small"]


@pytest.mark.parametrize(("compress", "suffix"), [(bytes, ""), (gzip.compress, ".gz")])
def test_the_first_place_that_has_it_counts(small, own_places, compress, suffix):
    data, system, cache = own_places
    file = small.dataset.files[0]
    assert find_file(small.dataset, file) is None
    for folder in (cache / "small", system / "small", data, data / "small"):
        small.put(folder, compress=compress, suffix=suffix)
        assert find_file(small.dataset, file) == folder / f"{file.name}{suffix}"


def test_uncompressed_goes_before_compressed(small, own_places):
    folder = small.put(own_places[0] / "small", compress=gzip.compress, suffix=".gz")
    small.put(folder)
    file = small.dataset.files[0]
    assert find_file(small.dataset, file) == folder / file.name


def test_another_sets_file_of_the_same_name_is_passed_over(small, own_places):
    data, _, cache = own_places
    small.put(data)
    file = small.dataset.files[0]
    (data / file.name).write_bytes(b"Fashion-MNIST and MNIST call their files alike")
    assert find_file(small.dataset, file) is None
    small.put(cache / "small")
    assert find_file(small.dataset, file) == cache / "small" / file.name
