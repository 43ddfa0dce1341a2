"""What is known of the sets; test_mnist and test_fashion_mnist hold their sums against the real files."""

import re

import pytest

from diabolo.datasets.catalog import CATALOG, FASHION_MNIST, MNIST
from diabolo.datasets.files import files_here


@pytest.mark.parametrize("dataset", CATALOG.values(), ids=list(CATALOG))
def test_every_set_is_whole(dataset):
    assert CATALOG[dataset.name] is dataset
    assert dataset.license
    assert dataset.citation
    assert dataset.is_fetched == bool(dataset.addresses)
    assert not dataset.files or dataset.is_fetched
    # Each can be had in one way: a download, a package that is here already, or what is typed for it.
    assert dataset.is_fetched + (dataset.comes_with == "scikit-learn") + bool(dataset.command) == 1
    assert bool(dataset.comes_with) == bool(dataset.packaged)
    for file in dataset.files:
        assert re.fullmatch("[0-9a-f]{64}", file.sha256)
    for split, (images, labels) in dataset.splits.items():
        assert images.shape[0] == labels.shape[0] == dataset.rows[split]
        assert images.shape[1] * images.shape[2] == dataset.columns
    for address in dataset.addresses:
        assert address.startswith(("https://", "http://") if dataset.plain_http else "https://")
        assert address.endswith(("/", ".zip"))


@pytest.mark.parametrize("name", ["iris", "wine", "breast-cancer", "digits"])
def test_what_comes_with_scikit_learn_is_there(name):
    (path,), missing = files_here(CATALOG[name])
    assert path.is_file()
    assert missing == []


def test_lengths_are_those_of_the_official_pages():
    # LeCun's page gives the bytes of each compressed file; both sets' files decompress to the same lengths.
    assert [file.download_bytes for file in MNIST.files] == [9912422, 28881, 1648877, 4542]
    for dataset in (MNIST, FASHION_MNIST):
        assert [file.content_bytes for file in dataset.files] == [47040016, 60008, 7840016, 10008]
