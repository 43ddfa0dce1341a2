"""What is known of each data set: its files, their sums, where they come from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from diabolo.errors import ParameterError, nearest_name

__all__ = ["CATALOG", "DIGITS", "FASHION_MNIST", "MNIST", "DataFile", "Dataset", "check_split"]


@dataclass(frozen=True)
class DataFile:
    """One idx file of unsigned bytes.

    Parameters
    ----------
    name : str
        Its name without ``.gz``.
    shape : tuple of int
        Of its array.
    sha256 : str
        The sum of its content before compression. That of the compressed file depends on who compressed it:
        Debian's and Zalando's differ, and what they hold is the same.
    download_bytes : int
        How long the official compressed file is.
    """

    name: str
    shape: tuple[int, ...]
    sha256: str
    download_bytes: int

    @property
    def content_bytes(self) -> int:
        """How long it is before compression."""
        return 4 + 4 * len(self.shape) + math.prod(self.shape)


@dataclass(frozen=True)
class Dataset:
    """A data set.

    Parameters
    ----------
    name : str
        As on the command line, and the name of its folder.
    title : str
        As people write it.
    rows : mapping of str to int
        How many rows each split has.
    columns : int
        Numbers a row.
    license, citation : str
        In short.
    splits : mapping of str to (images, labels), default {}
        The files of each split; none where it comes along with a package.
    addresses : tuple of str, default ()
        Folders on the web, ending in ``/``, that hold the files with ``.gz`` after their names; tried in
        turn.
    plain_http : bool, default False
        Whether an address may be http instead of https; the sums are checked either way.
    debian_package : str, optional
        Debian's package of it.
    comes_with : str, optional
        The Python package that carries it.
    """

    name: str
    title: str
    rows: Mapping[str, int]
    columns: int
    license: str
    citation: str
    splits: Mapping[str, tuple[DataFile, DataFile]] = field(default_factory=dict)
    addresses: tuple[str, ...] = ()
    plain_http: bool = False
    debian_package: str | None = None
    comes_with: str | None = None

    @property
    def files(self) -> tuple[DataFile, ...]:
        """All its files."""
        return tuple(file for pair in self.splits.values() for file in pair)


def check_split(given: object, known: Sequence[str], foreign: Mapping[str, str]) -> None:
    """Refuse a part of a data set that there is not.

    Parameters
    ----------
    given : object
        What was asked for.
    known : sequence of str
        The parts that there are.
    foreign : mapping of str to str
        What else they are called.

    Raises
    ------
    ParameterError
        With the name that was probably meant.
    """
    if given not in known:
        raise ParameterError(
            f"split={given!r} is not possible; expected one of {', '.join(map(repr, known))}."
            f"{nearest_name(given, known, foreign)}"
        )


def _splits(
    train_images: tuple[str, int],
    train_labels: tuple[str, int],
    test_images: tuple[str, int],
    test_labels: tuple[str, int],
) -> dict[str, tuple[DataFile, DataFile]]:
    """Name the files of MNIST, which all sets made like it share; what differs is their sums and lengths."""
    return {
        "train": (
            DataFile("train-images-idx3-ubyte", (60_000, 28, 28), *train_images),
            DataFile("train-labels-idx1-ubyte", (60_000,), *train_labels),
        ),
        "test": (
            DataFile("t10k-images-idx3-ubyte", (10_000, 28, 28), *test_images),
            DataFile("t10k-labels-idx1-ubyte", (10_000,), *test_labels),
        ),
    }


DIGITS = Dataset(
    name="digits",
    title="the digits",
    rows={"all": 1797},
    columns=64,
    license="CC BY 4.0",
    citation="Alpaydin and Kaynak 1998, doi:10.24432/C50P49",
    comes_with="scikit-learn",
)

MNIST = Dataset(
    name="mnist",
    title="MNIST",
    rows={"train": 60_000, "test": 10_000},
    columns=784,
    license="CC BY-SA 3.0",
    citation="LeCun, Bottou, Bengio and Haffner 1998, doi:10.1109/5.726791",
    splits=_splits(
        train_images=("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db", 9_912_422),
        train_labels=("65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5", 28_881),
        test_images=("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7", 1_648_877),
        test_labels=("ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2", 4_542),
    ),
    # LeCun's own page no longer serves the files; these are the copies that PyTorch and CVDF keep.
    addresses=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
)

FASHION_MNIST = Dataset(
    name="fashion-mnist",
    title="Fashion-MNIST",
    rows={"train": 60_000, "test": 10_000},
    columns=784,
    license="MIT",
    citation="Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747",
    splits=_splits(
        train_images=("c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888", 26_421_880),
        train_labels=("bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9", 29_515),
        test_images=("5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b", 4_422_102),
        test_labels=("0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34", 5_148),
    ),
    # Zalando's two: the repository, and the storage that its README links, which speaks http alone.
    addresses=(
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ),
    plain_http=True,
    debian_package="dataset-fashion-mnist",
)

CATALOG: Mapping[str, Dataset] = {each.name: each for each in (DIGITS, FASHION_MNIST, MNIST)}
