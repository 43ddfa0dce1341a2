"""What is known of the sets; test_mnist and test_fashion_mnist hold their sums against the real files."""

import re

import pytest

from diabolo.datasets.catalog import CATALOG, FASHION_MNIST, MNIST


@pytest.mark.parametrize("dataset", CATALOG.values(), ids=list(CATALOG))
def test_every_set_is_whole(dataset):
    assert CATALOG[dataset.name] is dataset
    assert dataset.license
    assert dataset.citation
    assert bool(dataset.files) == bool(dataset.addresses) == (dataset.comes_with is None)
    for file in dataset.files:
        assert re.fullmatch("[0-9a-f]{64}", file.sha256)
    for split, (images, labels) in dataset.splits.items():
        assert images.shape[0] == labels.shape[0] == dataset.rows[split]
        assert images.shape[1] * images.shape[2] == dataset.columns
    for address in dataset.addresses:
        assert address.startswith(("https://", "http://") if dataset.plain_http else "https://")
        assert address.endswith("/")


def test_lengths_are_those_of_the_official_pages():
    # LeCun's page gives the bytes of each compressed file; both sets' files decompress to the same lengths.
    assert [file.download_bytes for file in MNIST.files] == [9912422, 28881, 1648877, 4542]
    for dataset in (MNIST, FASHION_MNIST):
        assert [file.content_bytes for file in dataset.files] == [47040016, 60008, 7840016, 10008]
