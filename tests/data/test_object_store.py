"""Tables in a store that speaks S3, and on servers of the web, both on this machine; and what goes wrong."""

import functools
import gc
import os
import socket
import subprocess
import sys
import warnings
from pathlib import Path

import h5py
import numpy as np
import pyarrow
import pytest
import zarr
from pyarrow import feather, parquet
from tests.data import test_remote
from tests.data.store_server import refusing_server, web_server

import diabolo
from diabolo.data import object_store, sending
from diabolo.data.byte_ranges import Ranges
from diabolo.data.destination import TEXT
from diabolo.data.object_store import check_redirect, shown_address, tried
from diabolo.data.remote_file import RemoteFile
from diabolo.errors import DataFileError, DiaboloError, ModelFileError, ParameterError

CELLS = test_remote.CELLS
LARGE = np.random.default_rng(3).normal(size=(20_000, 20)).astype(np.float32)  # 1.6 MB
# What s3fs leaves to the collector, where credentials were refused and are to be looked for anew.
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed:ResourceWarning")
SECRETS = ("key-that-no-message-holds", "word-that-no-message-holds")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Wait next to nothing between tries, and look for credentials nowhere but in the environment."""
    monkeypatch.setattr(object_store, "WAITS", (0.01, 0.02, 0.03))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """The same table in every format that is stored in blocks, ten of them."""
    folder = tmp_path_factory.mktemp("large")
    np.save(folder / "a.npy", LARGE)
    columns = {f"c{number}": LARGE[:, number] for number in range(LARGE.shape[1])}
    table = pyarrow.table(columns)
    parquet.write_table(
        table, folder / "a.parquet", row_group_size=2000, compression="none", use_dictionary=False
    )
    with h5py.File(folder / "a.h5", "w") as file:
        file.create_dataset("data", data=LARGE, chunks=(2000, 20))
    with h5py.File(folder / "packed.h5", "w") as file:
        file.create_dataset("data", data=LARGE, chunks=(2000, 20), compression="gzip", shuffle=True)
    for version in (2, 3):
        group = zarr.open_group(folder / f"v{version}.zarr", mode="w", zarr_format=version)
        group.create_array("data", data=LARGE, chunks=(2000, 20))
    return folder


def put(s3, path):
    s3.fs.put(str(path), f"{s3.bucket}/{path.name}", recursive=path.is_dir())
    return f"{s3.bucket}/{path.name}"


def said(action, kind=DiaboloError):
    """Return the one sentence of a failure, without any secret."""
    with pytest.raises(kind) as caught:
        action()
    text = str(caught.value)
    assert "\n" not in text
    assert not any(secret in text for secret in SECRETS)
    return text


@pytest.mark.parametrize("name", test_remote.FILES)
def test_every_format_is_read_there(s3, name):
    s3.fs.pipe_file(f"{s3.bucket}/{name}", test_remote.FILES[name]())
    with diabolo.open(f"{s3.bucket}/{name}") as source:
        np.testing.assert_array_equal(source[:], CELLS)


def test_a_spreadsheet_and_bytes_of_idx_are_read_there(s3, tmp_path):
    from tests.data.formats.spreadsheet import write_xlsx

    address = put(s3, write_xlsx(tmp_path / "t.xlsx", {"data": [["a", "b"], [1, 2], [3, 4]]}))
    with diabolo.open(address) as source:
        assert source[:].tolist() == [[1, 2], [3, 4]]
    s3.fs.pipe_file(f"{s3.bucket}/labels-idx1-ubyte", b"\0\0\x08\x01" + b"\0\0\0\x03" + b"\x07\x02\x01")
    assert diabolo.datasets.idx.read_idx(f"{s3.bucket}/labels-idx1-ubyte").tolist() == [7, 2, 1]


@pytest.mark.parametrize("name", ["a.npy", "a.parquet", "a.h5", "packed.h5", "v2.zarr", "v3.zarr"])
def test_of_a_block_little_more_than_its_bytes_are_asked_for(s3, large, name):
    path = large / name
    size = sum(
        each.stat().st_size for each in ([path] if path.is_file() else path.rglob("*")) if each.is_file()
    )
    with diabolo.open(put(s3, path)) as source:
        s3.reset()
        np.testing.assert_array_equal(source[4000:6000], LARGE[4000:6000])
        assert s3.n_bytes < 0.35 * size  # a tenth, in blocks of a quarter of a MiB
        first = s3.n_bytes
        np.testing.assert_array_equal(source[14_000:16_000], LARGE[14_000:16_000])
        assert s3.n_bytes < 0.7 * size
        assert first > 0


def test_of_a_feather_file_heads_are_read_where_it_is_opened(s3, tmp_path):
    # Whole numbers, of which it is to be known whether any is missing; batches as long as pandas writes them.
    cells = np.arange(200_000 * 10, dtype=np.int32).reshape(200_000, 10)
    table = pyarrow.table({f"c{number}": cells[:, number] for number in range(10)})
    feather.write_feather(table, tmp_path / "a.feather", compression="uncompressed")
    address, size = put(s3, tmp_path / "a.feather"), (tmp_path / "a.feather").stat().st_size
    s3.reset()
    with diabolo.open(address) as source:
        assert source.dtype == np.int32
        assert s3.n_bytes < 0.35 * size  # the first column of each batch, in blocks of a quarter of a MiB
        np.testing.assert_array_equal(source[70_000:70_010], cells[70_000:70_010])


def test_parts_of_a_pattern_are_one_table(s3):
    for number, rows in enumerate(np.array_split(CELLS, 3)):
        columns = {name: rows[:, place] for place, name in enumerate("abc")}
        with s3.fs.open(f"{s3.bucket}/parts/part-{number}.parquet", "wb") as handle:
            parquet.write_table(pyarrow.table(columns), handle)
    s3.fs.pipe_file(f"{s3.bucket}/parts/_SUCCESS", b"")
    with diabolo.open(f"{s3.bucket}/parts/part-*.parquet") as source:
        np.testing.assert_array_equal(source[:], CELLS)
    with diabolo.open([f"{s3.bucket}/parts/part-{number}.parquet" for number in (2, 0)]) as source:
        assert source.n_rows == 13
    assert said(lambda: diabolo.open(f"{s3.bucket}/parts/none-*.csv"), DataFileError) == (
        f"{s3.bucket}/parts/none-*.csv matches no file: correct the pattern."
    )
    assert said(lambda: diabolo.open("https://example.org/part-*.csv"), DataFileError) == (
        "https://example.org/part-*.csv is a pattern, and a server of the web lists no files; name each "
        "of them."
    )


def test_a_listing_is_never_older_than_the_question(s3):
    address = f"{s3.bucket}/a.csv"
    assert said(lambda: diabolo.open(address)) == f"{address} does not exist."
    s3.fs.pipe_file(address, b"a,b\n1,2\n")
    with diabolo.open(address) as source:
        assert source.shape == (1, 2)


@pytest.mark.parametrize("name", ["a.npy", "a.parquet", "packed.h5", "v3.zarr"])
@pytest.mark.parametrize("after", [0, 5000])
def test_what_a_cut_connection_loses_is_asked_for_again(s3, large, name, after):
    with diabolo.open(put(s3, large / name)) as source:
        s3.reset()
        s3.cut(2, after, "GET")
        np.testing.assert_array_equal(source[2000:6000], LARGE[2000:6000])
        assert s3.n_cuts == 0


@pytest.mark.parametrize("name", ["a.npy", "a.parquet", "packed.h5", "v3.zarr"])
def test_a_connection_that_is_always_cut_is_one_sentence(s3, large, name):
    address = put(s3, large / name)
    with diabolo.open(address) as source:
        s3.reset()
        s3.cut(-1, 5000, "GET")
        text = said(lambda: source[2000:4000], DataFileError)
        assert text.startswith(f"{address} cannot be read: the connection was cut (")
        assert text.endswith("); look at the network, and try again (tried 4 times).")
        assert len(s3.asked) <= 3 * 4  # of a chunk its parts may be asked for side by side
    s3.reset()
    s3.cut(-1)
    text = said(lambda: diabolo.open(address), DataFileError)
    assert text.startswith(f"{address} cannot be read: the connection was cut (")
    n_objects = 3 if name.endswith(".zarr") else 1  # that are looked for side by side
    assert len(s3.asked) <= 2 * 4 * n_objects + 2  # aiohttp asks once more by itself; and a late one


def test_the_waits_grow(monkeypatch):
    waited = []
    monkeypatch.setattr(object_store, "WAITS", (0.5, 1.0, 2.0, 4.0))
    monkeypatch.setattr(object_store.time, "sleep", waited.append)

    def cut():
        raise ConnectionResetError("reset by peer")

    text = said(functools.partial(tried, cut, "memory://a.csv"), DataFileError)
    assert waited == [0.5, 1.0, 2.0, 4.0]
    assert text == (
        "memory://a.csv cannot be read: the connection was cut (reset by peer); look at the network, and try "
        "again (tried 5 times)."
    )


REFUSALS = [
    (403, "AccessDenied", "permission is denied; use credentials that may read it, or give these the right."),
    (400, "ExpiredToken", "the credentials have expired; renew them, and type the same again."),
    (
        403,
        "InvalidAccessKeyId",
        "its store does not know the credentials; correct them, or the endpoint that they are for.",
    ),
    (
        403,
        "SignatureDoesNotMatch",
        "its store does not know the credentials; correct them, or the endpoint that they are for.",
    ),
    (
        400,
        "AuthorizationHeaderMalformed",
        "its bucket is in another region; set AWS_DEFAULT_REGION to that one.",
    ),
    (503, "SlowDown", "its server is busy or out of order; try again later (tried 4 times)."),
    (500, "InternalError", "its server is busy or out of order; try again later (tried 4 times)."),
]


@pytest.mark.parametrize(("status", "code", "sentence"), REFUSALS, ids=[each[1] for each in REFUSALS])
@pytest.mark.parametrize("suffix", [".csv", ".zarr"])
def test_a_refusal_is_one_sentence(s3, status, code, sentence, suffix):
    with refusing_server(status, code) as (endpoint, handler):
        address, options = f"s3://bucket/a{suffix}", {"endpoint_url": endpoint}
        text = said(lambda: diabolo.open(address, storage_options=options), DataFileError)
        assert text == f"{address} cannot be read: {sentence}"
        assert handler.n_asked <= 20
        place = RemoteFile("s3://bucket/a.diabolo", options)
        with pytest.raises(ModelFileError) as caught, sending.sent(place, TEXT, error=ModelFileError):
            pass
        assert str(caught.value) == (
            f"s3://bucket/a.diabolo cannot be written: {sentence}".replace("may read it", "may write it")
        )


def test_what_is_not_there(s3):
    for suffix in (".csv", ".parquet", ".npy", ".h5", ".zarr", ".xlsx"):
        assert said(lambda each=suffix: diabolo.open(f"{s3.bucket}/none{each}"), DataFileError) == (
            f"{s3.bucket}/none{suffix} does not exist."
        )
        assert said(lambda each=suffix: diabolo.open(f"s3://no-such-bucket/a{each}"), DataFileError) == (
            f"s3://no-such-bucket/a{suffix} cannot be read: there is no bucket 'no-such-bucket'; correct its "
            "name, or "
            "make it first."
        )
    assert said(lambda: diabolo.load(f"{s3.bucket}/none.diabolo"), ModelFileError) == (
        f"{s3.bucket}/none.diabolo is not a model that can be loaded: there is no such file."
    )
    s3.fs.pipe_file(f"{s3.bucket}/folder/a.csv", b"1,2\n")
    s3.fs.pipe_file(f"{s3.bucket}/folder.csv/a.csv", b"1,2\n")
    assert said(lambda: diabolo.open(f"{s3.bucket}/folder.csv")) == (
        f"{s3.bucket}/folder.csv is a folder: name a file in it."
    )


def test_no_server_no_host_and_no_credentials(s3, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    text = said(lambda: diabolo.open("s3://bucket/a.csv", storage_options={"endpoint_url": nobody}))
    assert text == (
        "s3://bucket/a.csv cannot be read: no server answers at '127.0.0.1'; correct AWS_ENDPOINT_URL "
        "or endpoint_url, "
        "or start it (tried 4 times)."
    )
    assert said(lambda: diabolo.open(f"{nobody}/a.csv")) == (
        f"{nobody}/a.csv cannot be read: no server answers at '127.0.0.1'; correct the address, or start "
        "it (tried 4 "
        "times)."
    )

    def unknown(*given, **named):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    options = {"endpoint_url": "http://no.such.host.example"}
    assert said(lambda: diabolo.open("s3://bucket/a.csv", storage_options=options)) == (
        "s3://bucket/a.csv cannot be read: the host 'no.such.host.example' is not found; correct "
        "AWS_ENDPOINT_URL or "
        "endpoint_url, or look at the network."
    )
    assert said(lambda: diabolo.open("https://no.such.host.example/a.csv")) == (
        "https://no.such.host.example/a.csv cannot be read: the host 'no.such.host.example' is not "
        "found; correct the "
        "address, or look at the network."
    )
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    options = {"endpoint_url": "http://127.0.0.1:9"}
    assert said(lambda: diabolo.open("s3://bucket/a.csv", storage_options=options)) == (
        "s3://bucket/a.csv cannot be read: no credentials are found; set AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY, "
        "or, of what is open to all, FSSPEC_S3_ANON=true."
    )


def test_what_is_mended_in_the_environment_is_seen(s3, monkeypatch):
    s3.fs.pipe_file(f"{s3.bucket}/a.csv", test_remote.text())
    type(s3.fs).clear_instance_cache()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    assert "no credentials are found" in said(lambda: diabolo.open(f"{s3.bucket}/a.csv"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", SECRETS[0])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRETS[1])
    with diabolo.open(f"{s3.bucket}/a.csv") as source:
        np.testing.assert_array_equal(source[:], CELLS)


def test_options_of_a_store_reach_it_and_nothing_else(s3, tmp_path, monkeypatch):
    s3.fs.pipe_file(f"{s3.bucket}/a.csv", test_remote.text())
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name)
    options = {"key": SECRETS[0], "secret": SECRETS[1], "endpoint_url": endpoint}
    with diabolo.open(f"{s3.bucket}/a.csv", storage_options=options) as source:
        assert not any(secret in repr((source, source.path, vars(source))) for secret in SECRETS)
        fitted = diabolo.Autoencoder(**test_remote.FIT).fit(source)
    diabolo.save(fitted, tmp_path / "m.diabolo")
    content = (tmp_path / "m.diabolo").read_bytes()
    assert not any(secret.encode() in content for secret in (*SECRETS, endpoint, s3.bucket))
    (tmp_path / "a.csv").write_bytes(test_remote.text())
    assert said(lambda: diabolo.open(tmp_path / "a.csv", storage_options=options), ParameterError) == (
        f"{tmp_path / 'a.csv'} is a file here, and storage_options is for addresses; leave it out."
    )


def test_an_address_is_shown_without_what_signs_it():
    assert shown_address("https://me:word@host/a.csv?X-Amz-Signature=1#x") == "https://host/a.csv?..."
    file = RemoteFile("https://host/a.csv.gz?sig=1")
    assert (file.suffix, file.name, str(file)) == (".gz", "a.csv.gz", "https://host/a.csv.gz?...")
    assert "sig" not in repr(RemoteFile("s3://b/a", {"key": "sig"}))


@pytest.fixture
def web(tmp_path):
    for name in ("a.csv", "a.h5", "a.parquet"):
        (tmp_path / name).write_bytes(test_remote.FILES[name]())
    np.save(tmp_path / "a.npy", LARGE)
    with web_server(tmp_path) as (address, handler):
        yield address, handler


@pytest.mark.parametrize("ranges", [True, False])
def test_files_of_a_server_of_the_web(web, ranges):
    address, handler = web
    handler.ranges = ranges
    for name in ("a.csv", "a.h5", "a.parquet"):
        with diabolo.open(f"{address}/{name}?signed=1") as source:
            assert source.name.startswith(f"{address}/{name}?...")
            np.testing.assert_array_equal(source[:], CELLS)
    handler.asked.clear()
    with diabolo.open(f"{address}/a.npy") as source:
        np.testing.assert_array_equal(source[4000:4100], LARGE[4000:4100])
    whole = [each for each in handler.asked if each[0] == "GET" and each[2] is None]
    assert len(whole) == (0 if ranges else 1)  # all of it once, where no part of it is given


def test_a_zarr_store_of_a_server_of_the_web(web, tmp_path):
    address, _ = web
    for name in ("plain", "consolidated"):
        group = zarr.open_group(tmp_path / f"{name}.zarr", mode="w", zarr_format=2)
        group.create_array("data", data=CELLS, chunks=(7, 2))
    zarr.consolidate_metadata(tmp_path / "consolidated.zarr", zarr_format=2)
    for named in ("plain.zarr::data", "consolidated.zarr"):
        with diabolo.open(f"{address}/{named}") as source:
            np.testing.assert_array_equal(source[:], CELLS)
    assert "none" in said(lambda: diabolo.open(f"{address}/plain.zarr::none"), DataFileError)


def test_what_goes_wrong_with_a_server_of_the_web(web):
    address, handler = web
    handler.statuses[:] = [503, 503]
    with diabolo.open(f"{address}/a.csv") as source:
        np.testing.assert_array_equal(source[:], CELLS)
    assert said(lambda: diabolo.open(f"{address}/none.csv")) == f"{address}/none.csv does not exist."
    handler.statuses[:] = [403] * 9
    assert said(lambda: diabolo.open(f"{address}/a.csv?token=word-that-no-message-holds")) == (
        f"{address}/a.csv?... cannot be read: permission is denied; use credentials that may read it, or "
        "give these "
        "the right."
    )
    handler.statuses[:] = [418] * 9
    text = said(lambda: diabolo.open(f"{address}/a.csv?token=word-that-no-message-holds"))
    assert text.startswith(f"{address}/a.csv?... cannot be read: its server says 418")
    assert text.endswith("; correct the address.")


def test_where_a_server_leads(web):
    address, handler = web
    handler.leads["/moved.csv"] = "/a.csv"
    with diabolo.open(f"{address}/moved.csv") as source:
        np.testing.assert_array_equal(source[:], CELLS)
    handler.leads["/file.csv"] = "ftp://127.0.0.1/a.csv"
    assert said(lambda: diabolo.open(f"{address}/file.csv")) == (
        f"{address}/file.csv cannot be read: it leads on to ftp://127.0.0.1/a.csv, and only https or "
        "http is followed; "
        "name the address that it should be read from."
    )


@pytest.mark.parametrize(
    ("here", "there", "fault"),
    [
        ("https://a.org/x", "https://b.org/y", None),
        ("http://a.org/x", "https://b.org/y", None),
        ("http://127.0.0.1/x", "http://127.0.0.1:81/y", None),
        (
            "https://a.org/x",
            "http://b.org/y?k=1",
            "it leads on to http://b.org/y?..., and only https is followed",
        ),
        (
            "http://a.org/x",
            "file:///etc/passwd",
            "it leads on to file:///etc/passwd, and only https or http is followed",
        ),
        *(
            (
                "https://a.org/x",
                f"https://{host}/y",
                f"it leads on to https://{host}/y, into a network that is not open to all",
            )
            for host in (
                "127.0.0.1",
                "10.1.2.3",
                "169.254.169.254",
                "[::1]",
                "localhost",
                "a.internal",
                "2130706433",
            )
        ),
    ],
)
def test_where_a_server_may_lead(here, there, fault):
    if fault is None:
        return check_redirect(here, there)
    with pytest.raises(OSError, match="leads on") as caught:
        check_redirect(here, there)
    assert str(caught.value) == fault
    return None


def test_the_collector_waits_while_bytes_are_asked_for(monkeypatch):
    seen, file = [], RemoteFile("memory://a")
    ranges = Ranges(5, lambda start, stop: seen.append(gc.isenabled()) or b"abcde"[start:stop])
    monkeypatch.setitem(file.__dict__, "ranges", ranges)
    assert file.open().read() == b"abcde"
    assert seen == [False]
    assert gc.isenabled()


def test_a_list_of_addresses_is_not_followed():
    assert said(lambda: diabolo.open("reference://a.zarr"), DataFileError) == (
        "reference://a.zarr lists addresses of other files, and none is taken from a file; name those files."
    )


def test_a_file_there_has_nothing_read_here(s3, tmp_path):
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["data"] = CELLS
    with h5py.File(tmp_path / "leads.h5", "w") as file:
        file["data"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "data")
    address = put(s3, tmp_path / "leads.h5")
    text = said(lambda: diabolo.open(address, dataset="data", follow_links=True), DataFileError)
    assert text == (
        f"{address}: 'data' is a link that leads to {str(tmp_path / 'secret.h5')!r}, and a file at an "
        "address has no "
        "other files read: name that file itself."
    )


@pytest.mark.parametrize(
    ("address", "blocked", "package", "extra"),
    [
        ("s3://bucket/a.csv", "s3fs", "s3fs", "s3"),
        ("gs://bucket/a.csv", "gcsfs", "gcsfs", "gcs"),
        ("https://example.org/a.csv", "aiohttp", "aiohttp", "remote"),
        ("memory://a.csv", "fsspec", "fsspec", "remote"),
    ],
)
def test_an_absent_package_is_named_with_what_installs_it(address, blocked, package, extra):
    code = (
        f"import sys; sys.modules[{blocked!r}] = None\n"
        "import diabolo.errors\n"
        "for act in (diabolo.open, diabolo.load):\n"
        "    try: act(sys.argv[1])\n"
        "    except diabolo.errors.DiaboloError as problem: print(problem)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(diabolo.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code, address], env=environment, capture_output=True, text=True, check=True
    )
    sentence = (
        f'{address} is read by the package {package}, which is not installed: pip install "diabolo[{extra}]".'
    )
    assert done.stdout.splitlines() == [sentence, sentence]
