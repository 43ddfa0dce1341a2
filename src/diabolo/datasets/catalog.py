"""What is known of each data set: its files, their sums, where they come from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from diabolo.errors import ParameterError, nearest_name

__all__ = [
    "CATALOG",
    "DIGITS",
    "ECG5000",
    "FASHION_MNIST",
    "GSE74193",
    "MNIST",
    "NAB",
    "UCR_135",
    "DataFile",
    "Dataset",
    "check_split",
]


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
    label : str, default ""
        What the column of labels is called in a table of its rows; empty where no such table is made.
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
    packaged : str, default ""
        Its file there, the package's folder first.
    own_files : tuple of tuple of str, default ()
        Names under which files of another kind may lie in its folders: the first alternative that is whole.
    download_bytes : int, default 0
        How much is downloaded of it; that of idx files stands with them.
    command : str, default ""
        What is typed to have it, where Diabolo does not download it.
    """

    name: str
    title: str
    rows: Mapping[str, int]
    columns: int
    license: str
    citation: str
    label: str = ""
    splits: Mapping[str, tuple[DataFile, DataFile]] = field(default_factory=dict)
    addresses: tuple[str, ...] = ()
    plain_http: bool = False
    debian_package: str | None = None
    comes_with: str | None = None
    packaged: str = ""
    own_files: tuple[tuple[str, ...], ...] = ()
    download_bytes: int = 0
    command: str = ""

    @property
    def files(self) -> tuple[DataFile, ...]:
        """All its idx files."""
        return tuple(file for pair in self.splits.values() for file in pair)

    @property
    def is_fetched(self) -> bool:
        """Whether Diabolo downloads it."""
        return bool(self.addresses)


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
    label="digit",
    comes_with="scikit-learn",
    packaged="sklearn/datasets/data/digits.csv.gz",
)

IRIS = Dataset(
    name="iris",
    title="the irises",
    rows={"all": 150},
    columns=4,
    license="CC BY 4.0",
    citation="Fisher 1936, doi:10.24432/C56C76",
    label="species",
    comes_with="scikit-learn",
    packaged="sklearn/datasets/data/iris.csv",
)

WINE = Dataset(
    name="wine",
    title="the wines",
    rows={"all": 178},
    columns=13,
    license="CC BY 4.0",
    citation="Aeberhard and Forina 1992, doi:10.24432/C5PC7J",
    label="cultivar",
    comes_with="scikit-learn",
    packaged="sklearn/datasets/data/wine_data.csv",
)

BREAST_CANCER = Dataset(
    name="breast-cancer",
    title="the breast masses",
    rows={"all": 569},
    columns=30,
    license="CC BY 4.0",
    citation="Wolberg, Mangasarian, Street and Street 1993, doi:10.24432/C5DW2B",
    label="diagnosis",
    comes_with="scikit-learn",
    packaged="sklearn/datasets/data/breast_cancer.csv",
)

MNIST = Dataset(
    name="mnist",
    title="MNIST",
    rows={"train": 60_000, "test": 10_000},
    columns=784,
    license="CC BY-SA 3.0",
    citation="LeCun, Bottou, Bengio and Haffner 1998, doi:10.1109/5.726791",
    label="digit",
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
    label="article",
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

ECG5000 = Dataset(
    name="ecg5000",
    title="ECG5000",
    rows={"train": 500, "test": 4500},
    columns=140,
    license="the UCR archive states none, and asks to be cited with PhysioNet",
    citation="Chen, Keogh et al. 2015; Goldberger et al. 2000 (record chf07)",
    label="class",
    addresses=("https://www.timeseriesclassification.com/aeon-toolkit/ECG5000.zip",),
    own_files=(("ecg5000.npz",), ("ECG5000_TRAIN.txt", "ECG5000_TEST.txt")),
    download_bytes=10_500_000,
)

UCR_135 = Dataset(
    name="ucr-135",
    title="Series 135 of the UCR anomaly archive",
    rows={"all": 7501},
    columns=1,
    license="the UCR archive states none; the package is BSD-3-Clause",
    citation="Wu and Keogh 2021, doi:10.1109/TKDE.2021.3112126",
    comes_with="aeon",
    packaged="aeon/datasets/data/KDD-TSAD_135/135_UCR_Anomaly_InternalBleeding16_TEST.csv",
    download_bytes=6_000_000,
    command="pip install --no-deps aeon",
)

NAB = Dataset(
    name="nab",
    title="The Numenta Anomaly Benchmark",
    rows={"in 58 series": 365_558},
    columns=1,
    license="MIT",
    citation="Ahmad, Lavin, Purdy and Agha 2017, doi:10.1016/j.neucom.2017.04.070",
    own_files=(("NAB/labels/combined_windows.json",),),
    command='git clone https://github.com/numenta/NAB "$DIABOLO_DATA/NAB"',
)

GSE74193 = Dataset(
    name="gse74193",
    title="The DNA methylation of 472 brains (GSE74193)",
    rows={"all": 472},
    columns=7503,
    license="MIT, as the package is; GEO states none",
    citation="Jaffe et al. 2016, doi:10.1038/nn.4181",
    comes_with="EpigeneticPacemaker",
    packaged="EpigeneticPacemaker/ExampleData/GSE74193_train.tsv.gz",
    own_files=(("gse74193.npz",),),
    download_bytes=42_300_000,
    command="pip install --no-deps EpigeneticPacemaker==0.0.3",
)

CATALOG: Mapping[str, Dataset] = {
    each.name: each
    for each in (
        *(IRIS, WINE, BREAST_CANCER, DIGITS, FASHION_MNIST, MNIST, ECG5000),
        *(UCR_135, NAB, GSE74193),
    )
}
"""Every set that the examples load, and small ones to try things on, by name."""
