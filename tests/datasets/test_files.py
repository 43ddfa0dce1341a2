"""Where data sets are looked for, and in which order; files found, copied or fetched."""

import gzip
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from diabolo.datasets import files
from diabolo.datasets.files import cache_folder, collect_files, find_file, folders, obtain_files
from diabolo.errors import DataFileError
from diabolo.training import compilation


def test_the_cache_is_beside_that_of_compiled_programs(monkeypatch):
    monkeypatch.delenv("DIABOLO_CACHE_DIR")
    assert files.CACHE_VARIABLE == compilation.CACHE_VARIABLE
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
    assert folders("small") == [data / "small", system / "small", cache / "small"]
    monkeypatch.setenv("DIABOLO_DATA", " ")
    monkeypatch.setenv("DIABOLO_CACHE_DIR", "off")
    assert folders("small") == [system / "small"]


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


def failure(function, *arguments):
    with pytest.raises(DataFileError) as caught:
        function(*arguments)
    return str(caught.value)


def test_what_is_here_is_not_downloaded(small, own_places, server):
    dataset = server.serve(small)
    folder = small.put(own_places[1] / "small")
    assert obtain_files(dataset, dataset.files) == [folder / file.name for file in dataset.files]
    assert server.asked == []


def test_what_is_missing_is_downloaded_once(small, own_places, server):
    data, _, cache = own_places
    dataset = server.serve(small)
    first, *others = dataset.files
    small.put(data / "small", [first.name])
    expected = [data / "small" / first.name, *(cache / "small" / f"{file.name}.gz" for file in others)]
    for _ in range(2):
        assert obtain_files(dataset, dataset.files) == expected
    assert server.asked == [f"/{file.name}.gz" for file in others]
    for file, path in zip(others, expected[1:], strict=True):
        assert gzip.decompress(path.read_bytes()) == small.contents[file.name]
    assert not (data / "small" / f"{others[0].name}.gz").exists()


def test_the_second_address_is_tried(small, own_places, server):
    dataset = server.serve(small)
    dataset = replace(dataset, addresses=(f"{server.address}gone/", *dataset.addresses))
    obtain_files(dataset, dataset.files[:1])
    name = dataset.files[0].name
    assert server.asked == [f"/gone/{name}.gz", f"/{name}.gz"]


def test_offline(small, own_places):
    data, system, cache = own_places
    small.put(cache / "small", [small.dataset.files[0].name])
    assert failure(obtain_files, small.dataset, small.dataset.files) == (
        "Small is not on this machine, and the download failed (https://127.0.0.1:1/train-labels.gz: no "
        "connection (Connection refused)). Put its files train-labels, test-images, test-labels (as they are "
        f"or with .gz) into {data}/small or {system}/small or {cache}/small; on Debian: apt-get install "
        "dataset-small."
    )
    assert [path.name for path in (cache / "small").iterdir()] == ["train-images"]


def test_offline_without_a_package_and_a_folder(small, own_places, monkeypatch):
    monkeypatch.delenv("DIABOLO_DATA")
    dataset = replace(small.dataset, debian_package=None, addresses=("http://127.0.0.1:1/",))
    said = failure(obtain_files, dataset, dataset.files[:1])
    assert "(http://127.0.0.1:1/train-images.gz: only https is used)" in said
    assert said.endswith(
        f"into {own_places[1]}/small or {own_places[2]}/small, or into a folder small in one that "
        "DIABOLO_DATA names."
    )


def test_all_addresses_that_failed_are_named(small, own_places, server):
    dataset = server.serve(small)
    server.pages.clear()
    dataset = replace(dataset, addresses=(*dataset.addresses, "http://127.0.0.1:1/"))
    said = failure(obtain_files, dataset, dataset.files[-1:])
    assert (
        f"({server.address}test-labels.gz: the server answered 404 Not Found; "
        "http://127.0.0.1:1/test-labels.gz: no connection (Connection refused))"
    ) in said


def test_nothing_is_downloaded_without_a_cache(small, own_places, server, monkeypatch):
    monkeypatch.setenv("DIABOLO_CACHE_DIR", "off")
    dataset = server.serve(small)
    said = failure(obtain_files, dataset, dataset.files[:1])
    assert said.startswith(
        "Small is not on this machine, and there is no cache to download it to (DIABOLO_CACHE_DIR). Put its "
        f"files train-images (as they are or with .gz) into {own_places[0]}/small or {own_places[1]}/small; "
    )
    assert server.asked == []


def test_collecting_copies_what_is_here_and_downloads_the_rest(small, own_places, server, tmp_path):
    dataset = server.serve(small)
    first, second, third, fourth = dataset.files
    folder = tmp_path / "mine"
    small.put(folder, [first.name])
    small.put(own_places[0] / "small", [second.name, third.name], gzip.compress, ".gz")
    paths = collect_files(dataset, dataset.files, folder)
    assert paths == [folder / first.name, *(folder / f"{file.name}.gz" for file in (second, third, fourth))]
    assert sorted(folder.iterdir()) == sorted(paths)
    assert server.asked == [f"/{fourth.name}.gz"]
    for file, path in zip((second, third, fourth), paths[1:], strict=True):
        assert gzip.decompress(path.read_bytes()) == small.contents[file.name]


def test_a_wrong_file_is_not_copied(small, own_places, tmp_path):
    folder = small.put(own_places[0] / "small")
    (folder / "train-images").write_bytes(small.contents["test-images"])
    said = failure(collect_files, small.dataset, small.dataset.files, tmp_path / "mine")
    assert said.startswith(f"{folder}/train-images does not hold what it should")
    assert not (tmp_path / "mine").exists()


def test_collecting_offline_names_the_folder_first(small, own_places, tmp_path):
    said = failure(collect_files, small.dataset, small.dataset.files, tmp_path / "mine")
    assert f"into {tmp_path}/mine or {own_places[0]}/small or " in said
    assert not (tmp_path / "mine").exists()
