"""A file fetched from the web, and kept only if it is the right one."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import sys
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from diabolo.data.atomic import atomic_write
from diabolo.data.destination import DOWNLOAD
from diabolo.datasets.catalog import DataFile
from diabolo.errors import DataFileError

__all__ = ["DownloadError", "download", "download_bar", "fetch_bytes", "make_folder"]

SECONDS_OF_SILENCE = 30.0
_AT_ONCE = 2**16
# Compressing makes no file longer by more than this.
_SLACK = 2**16


class DownloadError(DataFileError):
    """A file did not come, or not as it should; its text ends no sentence."""


def download(url: str, target: Path, file: DataFile, *, plain_http: bool = False) -> None:
    """Fetch a gzip-compressed file; it gets its name only if its content has the right sum.

    Parameters
    ----------
    url : str
        Where from: https, and http if `plain_http`. A redirection must keep to the same.
    target : Path
        The file to write; missing folders are made once the server has answered.
    file : DataFile
        What it must hold. No more is taken from the server, or decompressed, than that is long.
    plain_http : bool, default False
        Whether the address may be http.

    Raises
    ------
    DownloadError
        No connection, silence for 30 seconds, an answer other than the file, a connection cut, or another
        content. Nothing stays behind.
    DataFileError
        The folder or the file cannot be written.
    """
    with _answer(url, plain_http) as response:
        make_folder(target.parent)
        with (
            download_bar(target.name, file.download_bytes) as advance,
            atomic_write(target, DOWNLOAD) as handle,
        ):
            for part in _checked(_parts(response, file.content_bytes + _SLACK), file):
                handle.write(part)
                advance(len(part))


def fetch_bytes(url: str, name: str, most: int) -> bytes:
    """Fetch a small file into memory; whoever asked checks what it holds.

    Parameters
    ----------
    url : str
        Where from: https, and redirections keep to it.
    name : str
        What the progress bar calls it.
    most : int
        No more bytes are taken than this.

    Returns
    -------
    bytes

    Raises
    ------
    DownloadError
        No connection, silence for 30 seconds, an answer other than the file, too long a one, or one cut off.
    """
    received = bytearray()
    with _answer(url, plain_http=False) as response, download_bar(name, most) as advance:
        for part in _parts(response, most):
            received += part
            advance(len(part))
    return bytes(received)


class _Redirection(urllib.request.HTTPRedirectHandler):
    def __init__(self, plain_http: bool) -> None:
        self.plain_http = plain_http

    def redirect_request(self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: str) -> Any:
        try:
            _check_scheme(newurl, self.plain_http, f"the server sends on to {newurl}, and ")
        except DownloadError:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _check_scheme(url: str, plain_http: bool, before: str = "") -> None:
    if not url.startswith(("https://", "http://") if plain_http else "https://"):
        raise DownloadError(f"{before}only https{' or http' if plain_http else ''} is used")


@contextlib.contextmanager
def _answer(url: str, plain_http: bool) -> Iterator[http.client.HTTPResponse]:
    _check_scheme(url, plain_http)
    opener = urllib.request.build_opener(_Redirection(plain_http))
    request = urllib.request.Request(url, headers={"User-Agent": "diabolo"})
    try:
        response = opener.open(request, timeout=SECONDS_OF_SILENCE)
    except urllib.error.HTTPError as problem:
        problem.close()
        raise DownloadError(f"the server answered {problem.code} {problem.reason}") from problem
    except TimeoutError as problem:
        raise DownloadError(f"no answer within {SECONDS_OF_SILENCE:g} seconds") from problem
    except (OSError, http.client.HTTPException) as problem:
        raise DownloadError(f"no connection ({_said(problem)})") from problem
    with response:
        yield response


def _parts(response: http.client.HTTPResponse, most: int) -> Iterator[bytes]:
    """Yield what comes, which may be an error page, endless, or cut off."""
    announced = response.headers.get("Content-Length", "")
    expected = int(announced) if announced.isdecimal() else None
    if expected is not None and expected > most:
        raise DownloadError(f"the server announces {expected:,} bytes, expected {most:,} at the most")
    received = 0
    while True:
        try:
            part = response.read(_AT_ONCE)
        except (OSError, http.client.HTTPException) as problem:
            raise DownloadError(
                f"the connection broke off after {received:,} bytes ({_said(problem)})"
            ) from problem
        if not part:
            break
        received += len(part)
        if received > most:
            raise DownloadError(f"the server sends without end, expected {most:,} bytes at the most")
        yield part
    if expected is not None and received < expected:
        raise DownloadError(f"the connection broke off after {received:,} of {expected:,} bytes")


def _checked(parts: Iterable[bytes], file: DataFile) -> Iterator[bytes]:
    """Pass on what comes, and hold what it decompresses to against what it should."""
    left, digest = file.content_bytes, hashlib.sha256()
    inflate = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    for part in parts:
        try:
            plain = inflate.decompress(part, left + 1)
        except zlib.error as problem:
            raise DownloadError(
                f"what came is not gzip-compressed, or damaged ({problem}); a network's login page, perhaps"
            ) from problem
        if len(plain) > left or inflate.unused_data:
            raise DownloadError(f"what came holds more than the {file.content_bytes:,} bytes expected")
        left -= len(plain)
        digest.update(plain)
        yield part
    if not inflate.eof:
        raise DownloadError("what came ends before its end")
    if digest.hexdigest() != file.sha256:
        raise DownloadError(
            f"what came is another file: the SHA-256 sum of its content is {digest.hexdigest()}, expected "
            f"{file.sha256}; it was deleted"
        )


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, unless it is there; raise DataFileError where that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise DataFileError(
            f"{folder} cannot be made a folder ({problem.strerror}); choose another place."
        ) from problem


def _said(problem: Exception) -> str:
    reason = getattr(problem, "reason", None) or problem
    return str(getattr(reason, "strerror", None) or reason) or type(problem).__name__


@contextlib.contextmanager
def download_bar(name: str, n_bytes: int) -> Iterator[Callable[[int], None]]:
    """Draw a bar while a file comes, if the error stream is a terminal.

    Parameters
    ----------
    name : str
        What is shown beside the bar.
    n_bytes : int
        How long the file is said to be.

    Yields
    ------
    callable
        To be told how many bytes have come since it was last told.
    """
    if not sys.stderr.isatty():
        yield lambda count: None
        return
    from rich import progress
    from rich.console import Console

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=n_bytes)
        yield lambda count: bar.advance(task, count)
