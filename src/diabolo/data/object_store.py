"""Object stores and servers, reached by fsspec: asked, asked again where a connection is cut, and refused."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from diabolo.errors import DataFileError, DiaboloError, ParameterError

__all__ = [
    "WAITS",
    "ShortAnswerError",
    "filesystem",
    "is_missing",
    "is_unexplained",
    "scheme_of",
    "shown_address",
    "tried",
    "tried_later",
]

WAITS = (0.5, 1.0, 2.0, 4.0)
"""Seconds between one try and the next, where what went wrong may pass."""

_Found = TypeVar("_Found")
# What is installed for addresses of a kind: its package, and the extra that brings it.
_PACKAGES = {
    "s3": ("s3fs", "s3"),
    "s3a": ("s3fs", "s3"),
    "gs": ("gcsfs", "gcs"),
    "gcs": ("gcsfs", "gcs"),
    "http": ("aiohttp", "remote"),
    "https": ("aiohttp", "remote"),
}
_S3 = ("s3", "s3a")
_WEB = ("http", "https")
# Of which what is read says itself where the rest lies.
_INDIRECT = ("reference",)
_LONGEST = 200
_MOST_CAUSES = 10
_CONNECT_SECONDS, _READ_SECONDS = 15, 60
_PASSING_STATUS = (408, 425, 429, 500, 502, 503, 504)
_PASSING_CODES = {"SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "OperationAborted"}
_EXPIRED = {"ExpiredToken", "TokenRefreshRequired", "RequestTimeTooSkewed", "RequestExpired"}
_UNKNOWN_KEYS = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "InvalidSecurity"}
_ELSEWHERE = {"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"}
_CREDENTIALS = ("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError")
_EXPIRED_HERE = (
    "UnauthorizedSSOTokenError",
    "SSOTokenLoadError",
    "TokenRetrievalError",
    "LoginRefreshRequired",
)
_CLIENTS = ("aiohttp", "botocore", "aiobotocore", "urllib3", "requests", "http")


class ShortAnswerError(ConnectionError):
    """An answer has fewer bytes than were asked for."""


class _RedirectError(OSError):
    """An answer leads to where it may not lead."""


@dataclass(frozen=True)
class _Fault:
    """What went wrong, in words, and whether to try again."""

    said: str
    may_pass: bool = False
    is_missing: bool = False
    is_of_credentials: bool = False


def scheme_of(address: str) -> str:
    """Return what an address begins with.

    Examples
    --------
    >>> scheme_of("S3://bucket/rows.csv")
    's3'
    """
    return address.partition("://")[0].lower()


def shown_address(address: str) -> str:
    """Return an address as it may be shown: without a password, and without what signs it.

    Examples
    --------
    >>> shown_address("https://me:word@host/a.csv?X-Amz-Signature=1"), shown_address("s3://bucket/a.csv")
    ('https://host/a.csv?...', 's3://bucket/a.csv')
    """
    return re.sub(r"(://[^\s?'\"]*\?)[^\s'\")]+", r"\1...", re.sub(r"://[^/@\s]*@", "://", address))


def filesystem(
    address: str, options: Mapping[str, Any], *, is_asynchronous: bool = False, doing: str = "read"
) -> tuple[Any, str]:
    """Find what reads and writes at an address.

    Parameters
    ----------
    address : str
        As fsspec takes it.
    options : mapping
        For its package, such as ``{"anon": True}``; what is not there comes from the environment.
    is_asynchronous : bool, default False
        Whether it is called from coroutines.
    doing : {"read", "written"}, default "read"
        For the message.

    Returns
    -------
    fs : fsspec.AbstractFileSystem
    path : str
        The address as it takes it.

    Raises
    ------
    ParameterError
        The package for this kind of address is not installed.
    DataFileError
        There is no such kind of address, or it leads on by itself.
    """
    scheme, shown = scheme_of(address), shown_address(address)
    package, extra = _PACKAGES.get(scheme, ("fsspec", "remote"))
    if scheme in _INDIRECT:
        raise DataFileError(
            f"{shown} lists addresses of other files, and none is taken from a file; name those files."
        )
    absent = (
        f"{shown} is {doing} by the package {package}, which is not installed: "
        f'pip install "diabolo[{extra}]".'
    )
    try:
        from fsspec.core import url_to_fs

        found, path = url_to_fs(
            address, asynchronous=is_asynchronous, **_usual(scheme, options), **_own_of(scheme, options)
        )
    except ImportError as problem:
        if scheme not in _PACKAGES and "fsspec" not in str(problem):
            raise ParameterError(f"{shown} cannot be {doing}: {str(problem).rstrip('.')}.") from problem
        raise ParameterError(absent) from problem
    except ValueError as problem:
        raise DataFileError(f"{shown} cannot be {doing} ({_plain(problem)}).") from problem
    if scheme in _S3:
        found.retries = 1  # here all stores are asked again alike, by `WAITS`
        if is_asynchronous:
            found.max_concurrency = 1  # or it would ask for the size of each part before it asks for the part
    return found, path


def _usual(scheme: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Add to options what is wanted of every store: no listing that is older than the question."""
    return {
        "use_listings_cache": False,
        **{k: v for k, v in options.items() if k not in _OWN.get(scheme, ())},
    }


_OWN = {**dict.fromkeys(_S3, ("config_kwargs",)), **dict.fromkeys(_WEB, ("client_kwargs",))}


def _own_of(scheme: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Say how a package is to wait, where nobody has said otherwise."""
    if scheme in _S3:
        from fsspec.config import conf

        said = {**conf.get("s3", {}).get("config_kwargs", {}), **options.get("config_kwargs", {})}
        if "retries" not in said and "AWS_MAX_ATTEMPTS" not in os.environ:
            said["retries"] = {"mode": "standard", "total_max_attempts": 1}
        return {"config_kwargs": said}
    if scheme in _WEB:
        return {"client_kwargs": {**_web_client(), **options.get("client_kwargs", {})}}
    return {}


@functools.cache
def _web_client() -> dict[str, Any]:
    """Make the settings of a client that waits for an answer, not for all of it, and looks where it leads."""
    import aiohttp

    async def look(session: Any, context: Any, redirect: Any) -> None:
        leads = redirect.response.headers.get("Location") or redirect.response.headers.get("URI") or ""
        check_redirect(str(redirect.url), str(redirect.url.join(type(redirect.url)(leads))))

    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(look)
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=_READ_SECONDS)
    return {"trace_configs": [trace], "timeout": timeout, "trust_env": True}


def check_redirect(address: str, leads: str) -> None:
    """Refuse to be led from https to anything else, and from elsewhere into this machine or its network.

    Parameters
    ----------
    address : str
        That was asked.
    leads : str
        Where its answer leads.

    Raises
    ------
    OSError
        It may not lead there.

    Examples
    --------
    >>> check_redirect("https://example.org/a.csv", "https://example.com/b.csv")
    >>> check_redirect("https://example.org/a.csv", "http://169.254.169.254/")
    Traceback (most recent call last):
    diabolo.data.object_store._RedirectError: it leads on to http://169.254.169.254/, and only https ...
    """
    here, there = urlsplit(address), urlsplit(leads)
    shown = shown_address(leads)
    followed = ("https",) if here.scheme == "https" else ("https", "http")
    if there.scheme not in followed:
        raise _RedirectError(f"it leads on to {shown}, and only {' or '.join(followed)} is followed")
    if _is_near(there.hostname) and not _is_near(here.hostname):
        raise _RedirectError(f"it leads on to {shown}, into a network that is not open to all")


def _is_near(host: str | None) -> bool:
    """Whether a host is this machine, or one whose number is of no public network."""
    if host is None or host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    import ipaddress
    import socket

    for numbered in (str, socket.inet_aton):  # which knows 127.1, too
        with contextlib.suppress(ValueError, OSError):
            return not ipaddress.ip_address(numbered(host)).is_global
    return False


def tried(
    action: Callable[[], _Found],
    address: str,
    doing: str = "read",
    error: type[DiaboloError] = DataFileError,
) -> _Found:
    """Do something at an address; where what goes wrong may pass, do it again after a while.

    Parameters
    ----------
    action : callable
        May be done more than once.
    address : str
        For the message.
    doing : {"read", "written"}, default "read"
        For the message.
    error : subclass of DiaboloError, default DataFileError
        What to raise.

    Returns
    -------
    object
        What the action returns.

    Raises
    ------
    DataFileError
        (or `error`) It did not go well; with the address, what happened, and what to do.

    Examples
    --------
    >>> tried(lambda: 1, "s3://bucket/a.csv")
    1
    """
    for count in range(1, len(WAITS) + 2):
        try:
            return action()
        except (DiaboloError, MemoryError):
            raise
        except Exception as problem:  # of whatever library answers
            time.sleep(_wait(problem, count, address, doing, error))
    raise AssertionError("the last try returns or raises")


async def tried_later(action: Callable[[], Awaitable[_Found]], address: str) -> _Found:
    """Do as `tried`, with a coroutine that reads."""
    import asyncio

    for count in range(1, len(WAITS) + 2):
        try:
            return await action()
        except (DiaboloError, MemoryError):
            raise
        except Exception as problem:  # of whatever library answers
            await asyncio.sleep(_wait(problem, count, address, "read", DataFileError))
    raise AssertionError("the last try returns or raises")


def is_missing(problem: Exception, address: str) -> bool:
    """Say whether what went wrong is that nothing is there."""
    return _fault_of(problem, address, "read").is_missing


def is_unexplained(problem: Exception) -> bool:
    """Say whether a store refused without a word, as where it was only asked whether a file is there."""
    return any(
        isinstance(getattr(each, "response", None), dict) and str(_code_of(each)) in ("400", "403")
        for each in _causes(problem)
    )


def _wait(problem: Exception, count: int, address: str, doing: str, error: type[DiaboloError]) -> float:
    """Say how long to wait before the next try; where there is none, raise."""
    fault = _fault_of(problem, address, doing)
    if fault.may_pass and count <= len(WAITS):
        return WAITS[count - 1]
    if fault.is_of_credentials:  # which may be mended when they are asked for again
        from fsspec import get_filesystem_class

        get_filesystem_class(scheme_of(address)).clear_instance_cache()
    shown = shown_address(address)
    if fault.is_missing:
        raise error(f"{shown} does not exist.") from problem
    times = f" (tried {count} times)" if fault.may_pass else ""
    raise error(f"{shown} cannot be {doing}: {fault.said}{times}.") from problem


def _causes(problem: BaseException) -> Iterator[BaseException]:
    each: BaseException | None = problem
    for _ in range(_MOST_CAUSES):
        if each is None:
            return
        yield each
        each = each.__cause__ or each.__context__


def _fault_of(problem: Exception, address: str, doing: str) -> _Fault:
    """Say in words what went wrong, whatever library said it."""
    import socket
    import ssl

    causes = list(_causes(problem))
    names = {type(each).__name__ for each in causes}
    codes = {str(code) for each in causes if (code := _code_of(each)) is not None}
    scheme, host = scheme_of(address), _host_of(address, causes)
    for each in causes:
        if isinstance(each, _RedirectError):
            return _Fault(
                f"{each}; name the address that it should be {doing} from" if doing == "read" else str(each)
            )
        if isinstance(each, socket.gaierror):
            is_busy = each.errno == getattr(socket, "EAI_AGAIN", None)
            return _Fault(
                f"the host {host!r} is not found; correct {_whence(scheme)}, or look at the network",
                is_busy,
            )
        if isinstance(each, ssl.SSLCertVerificationError):
            return _Fault(
                f"the host {host!r} does not prove who it is ({_plain(each)}); correct {_whence(scheme)}"
            )
    if names & set(_EXPIRED_HERE) or codes & _EXPIRED:
        return _Fault(
            "the credentials have expired; renew them, and type the same again", is_of_credentials=True
        )
    if names & set(_CREDENTIALS):
        return _Fault(
            "no credentials are found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or, of what is open "
            "to all, FSSPEC_S3_ANON=true",
            is_of_credentials=True,
        )
    if codes & _UNKNOWN_KEYS:
        return _Fault(
            "its store does not know the credentials; correct them, or the endpoint that they are for"
        )
    if "NoSuchBucket" in codes or (codes == {"404"} and "bucket" in str(problem).lower()):
        return _Fault(f"there is no bucket {_bucket_of(address)!r}; correct its name, or make it first")
    if codes & _ELSEWHERE:
        return _Fault("its bucket is in another region; set AWS_DEFAULT_REGION to that one")
    if codes & {"AccessDenied", "401", "403", "AllAccessDisabled"} or "PermissionError" in names:
        right = {"read": "read", "written": "write"}[doing]
        return _Fault(f"permission is denied; use credentials that may {right} it, or give these the right")
    if codes & _PASSING_CODES or codes & set(map(str, _PASSING_STATUS)):
        return _Fault("its server is busy or out of order; try again later", may_pass=True)
    if any(isinstance(each, ConnectionRefusedError) for each in causes):
        return _Fault(f"no server answers at {host!r}; correct {_whence(scheme)}, or start it", may_pass=True)
    if "FileNotFoundError" in names and (not _is_of_a_client(causes) or codes & {"404", "410", "NoSuchKey"}):
        return _Fault("", is_missing=True)
    if codes and not any(isinstance(each, ConnectionError) for each in causes):
        answer = next(each for each in causes if _code_of(each) is not None)
        return _Fault(f"its server says {_plain(answer)}; correct the address")
    if _is_of_a_client(causes) or any(isinstance(each, (ConnectionError, TimeoutError)) for each in causes):
        last = next((each for each in reversed(causes) if str(each)), problem)
        return _Fault(
            f"the connection was cut ({_plain(last)}); look at the network, and try again", may_pass=True
        )
    return _Fault(f"{_plain(problem)}; correct the address")


def _is_of_a_client(causes: list[BaseException]) -> bool:
    """Whether a library that speaks to servers said it, and not the answer of one."""
    return any(
        type(each).__module__.partition(".")[0] in _CLIENTS
        and type(each).__name__ not in ("ParamValidationError", "InvalidURL", "InvalidUrlClientError")
        for each in causes
    )


def _code_of(problem: BaseException) -> object:
    """Return how a server says what is wrong: S3's word, or HTTP's number."""
    response = getattr(problem, "response", None)
    if isinstance(response, dict):
        code: object = response.get("Error", {}).get("Code")
        return code
    status = getattr(problem, "status", None) or getattr(problem, "code", None)
    return (
        status
        if isinstance(status, int) and status >= 300 and type(problem).__name__ != "ContentLengthError"
        else None
    )


def _host_of(address: str, causes: list[BaseException]) -> str:
    """Return the host that was asked, which for a bucket stands in no address."""
    for each in causes:
        host = getattr(each, "host", None)
        if isinstance(host, str):
            return host
    return urlsplit(address).hostname or address


def _whence(scheme: str) -> str:
    return "AWS_ENDPOINT_URL or endpoint_url" if scheme in _S3 else "the address"


def _bucket_of(address: str) -> str:
    return address.partition("://")[2].partition("/")[0]


def _plain(problem: BaseException) -> str:
    """Write what a library said in one line, without what signs an address."""
    said = shown_address(" ".join(str(problem).split())).rstrip(".")[:_LONGEST]
    return said or type(problem).__name__
