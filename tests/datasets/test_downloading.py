"""Downloads from a server on this machine, and their bar."""

import gzip
import hashlib
import io
import re
import sys

import pytest

from diabolo.datasets import downloading
from diabolo.datasets.downloading import DownloadError, download, download_bar, make_folder
from diabolo.errors import DataFileError


@pytest.fixture
def page(server, small, own_places, tmp_path):
    """Serve the first file; give back what it is, its page, and how to fetch it."""
    file = server.serve(small).files[0]

    class Page:
        content = small.contents[file.name]
        served = server.pages[f"/{file.name}.gz"]
        target = tmp_path / "new" / f"{file.name}.gz"

        @staticmethod
        def fetch(plain_http=True, address=server.address):
            download(f"{address}{file.name}.gz", Page.target, file, plain_http=plain_http)

        @staticmethod
        def refused():
            """Fetch what cannot be; nothing may stay behind."""
            with pytest.raises(DownloadError) as caught:
                Page.fetch()
            assert not Page.target.parent.exists() or list(Page.target.parent.iterdir()) == []
            return str(caught.value)

    return Page


@pytest.mark.parametrize("at_once", [1, 2**16])
def test_what_is_served_is_what_is_kept(page, capsys, monkeypatch, at_once):
    monkeypatch.setattr(downloading, "_AT_ONCE", at_once)
    page.fetch()
    assert page.target.read_bytes() == page.served["body"]
    assert [path.name for path in page.target.parent.iterdir()] == [page.target.name]
    assert capsys.readouterr() == ("", "")


def test_a_length_need_not_be_announced(page):
    page.served["length"] = None
    page.fetch()
    assert page.target.read_bytes() == page.served["body"]


def test_another_content(page):
    other = bytes(len(page.content))
    page.served["body"] = gzip.compress(other)
    got, expected = (hashlib.sha256(each).hexdigest() for each in (other, page.content))
    assert page.refused() == (
        f"what came is another file: the SHA-256 sum of its content is {got}, expected {expected}; "
        "it was deleted"
    )


def test_a_file_that_stood_there_stays(page):
    make_folder(page.target.parent)
    before = gzip.compress(b"before")
    page.target.write_bytes(before)
    page.served["body"] = gzip.compress(b"other")
    with pytest.raises(DownloadError):
        page.fetch()
    assert page.target.read_bytes() == before
    page.target.write_text("notes")
    with pytest.raises(DataFileError, match="and a downloaded file replaces none of another kind"):
        page.fetch()
    assert page.target.read_text() == "notes"


def test_a_connection_cut(page):
    length = len(page.served["body"])
    page.served.update(body=page.served["body"][:-20], length=length)
    assert page.refused() == f"the connection broke off after {length - 20} of {length} bytes"
    page.served["length"] = None
    assert page.refused() == "what came ends before its end"


def test_a_connection_cut_within_a_chunk(page):
    page.served.update(body=b"ff\r\nabc", length=None, headers={"Transfer-Encoding": "chunked"})
    assert re.fullmatch(r"the connection broke off after 0 bytes \(IncompleteRead.*\)", page.refused())


def test_a_reading_that_fails(page, monkeypatch):
    import http.client

    def broken(*_):
        raise ConnectionResetError(104, "Connection reset by peer")

    monkeypatch.setattr(http.client.HTTPResponse, "read", broken)
    assert page.refused() == "the connection broke off after 0 bytes (Connection reset by peer)"


def test_a_page_that_is_not_there(page):
    page.served["status"] = 404
    assert page.refused() == "the server answered 404 Not Found"


def test_no_server(page):
    with pytest.raises(DownloadError, match=r"^no connection \(Connection refused\)$"):
        page.fetch(address="http://127.0.0.1:1/")
    assert not page.target.parent.exists()


def test_a_server_that_says_nothing(page, monkeypatch):
    import socket

    monkeypatch.setattr(downloading, "SECONDS_OF_SILENCE", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(DownloadError, match=r"^no answer within 0.05 seconds$"):
            page.fetch(address=address)


def test_a_login_page(page):
    page.served["body"] = b"<!DOCTYPE html>"
    assert re.fullmatch(
        r"what came is not gzip-compressed, or damaged \(.*\); a network's login page, perhaps",
        page.refused(),
    )


def test_more_than_the_file_decompressed(page):
    said = f"what came holds more than the {len(page.content)} bytes expected"
    page.served["body"] = gzip.compress(page.content + b"\0")
    assert page.refused() == said
    page.served["body"] = gzip.compress(page.content) + b"rest"
    assert page.refused() == said


def test_a_bomb_is_not_decompressed(page, monkeypatch):
    import zlib

    given = []
    make = zlib.decompressobj

    class Watched:
        def __init__(self, **options):
            self.inner = make(**options)

        def __getattr__(self, name):
            return getattr(self.inner, name)

        def decompress(self, part, most):
            plain = self.inner.decompress(part, most)
            given.append(len(plain))
            return plain

    monkeypatch.setattr(zlib, "decompressobj", Watched)
    page.served["body"] = gzip.compress(bytes(2**24))
    assert "holds more than" in page.refused()
    assert given == [len(page.content) + 1]


def test_more_than_the_file_compressed(page):
    most = len(page.content) + 2**16
    page.served["body"] = bytes(most + 1)
    assert page.refused() == f"the server announces {most + 1:,} bytes, expected {most:,} at the most"
    # Stored, not compressed, so that it decompresses to nothing for long: empty blocks of deflate.
    page.served.update(body=gzip.compress(b"")[:10] + b"\0\0\0\xff\xff" * (most // 5 + 1), length=None)
    assert page.refused() == f"the server sends without end, expected {most:,} bytes at the most"


def test_only_https_unless_told_otherwise(page, server):
    with pytest.raises(DownloadError, match=r"^only https is used$"):
        page.fetch(plain_http=False)
    with pytest.raises(DownloadError, match=r"^only https or http is used$"):
        page.fetch(address="file:///etc/")
    assert server.asked == []


def test_redirections(page, server):
    body = page.served["body"]
    server.pages["/elsewhere.gz"] = {"body": body}
    page.served.update(status=302, headers={"Location": "/elsewhere.gz"})
    page.fetch()
    assert page.target.read_bytes() == body
    page.target.unlink()
    page.served["headers"] = {"Location": "ftp://127.0.0.1/a.gz"}
    assert page.refused() == ("the server sends on to ftp://127.0.0.1/a.gz, and only https or http is used")


def test_a_redirection_from_https_to_http_is_refused():
    handler = downloading._Redirection(plain_http=False)
    with pytest.raises(
        DownloadError, match=r"^the server sends on to http://example\.org/a, and only https is used$"
    ):
        handler.redirect_request(None, io.BytesIO(), 302, "Found", {}, "http://example.org/a")


def test_a_folder_that_cannot_be(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DataFileError, match=r"file/a cannot be made a folder \(Not a directory\); choose"):
        make_folder(tmp_path / "file" / "a")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_bar_on_a_terminal(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    with download_bar("train.gz", 2_000_000) as advance:
        advance(500_000)
        advance(1_500_000)
    shown = terminal.getvalue()
    assert "train.gz" in shown
    assert "2.0/2.0 MB" in shown


def test_nothing_elsewhere(capsys):
    with download_bar("train.gz", 2_000_000) as advance:
        advance(500_000)
    assert capsys.readouterr() == ("", "")
