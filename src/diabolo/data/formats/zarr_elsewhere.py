"""A Zarr store at an address, asked again where a connection is cut."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any

from zarr.storage import FsspecStore, WrapperStore

from diabolo.data.object_store import tried_later
from diabolo.data.remote_file import RemoteFile
from diabolo.errors import DiaboloError

__all__ = ["store_elsewhere"]


def store_elsewhere(path: RemoteFile) -> Any:
    """Make the store of an address, for reading.

    Parameters
    ----------
    path : RemoteFile
        The folder.

    Returns
    -------
    zarr.abc.store.Store

    Raises
    ------
    ParameterError
        The package for this kind of address is not installed.
    """
    fs, place = path.store(is_asynchronous=True)
    if not fs.async_impl:
        from fsspec.implementations.asyn_wrapper import AsyncFileSystemWrapper

        fs = AsyncFileSystemWrapper(fs, asynchronous=True)
    return _AskedAgain(FsspecStore(fs, read_only=True, path=place.rstrip("/")), path)


class _AskedAgain(WrapperStore):
    """A store that asks again, and notes at its address what cannot be had."""

    def __init__(self, store: Any, path: RemoteFile) -> None:
        super().__init__(store)
        self.path = path

    def _with_store(self, store: Any) -> _AskedAgain:
        return type(self)(store, self.path)

    async def _asked(self, action: Any) -> Any:
        try:
            found = await tried_later(action, self.path.address)
        except DiaboloError as problem:
            self.path.faults.append(problem)
            raise
        self.path.faults.clear()
        return found

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        """Return an object, or a part of it."""
        return await self._asked(lambda: self._store.get(key, prototype, byte_range))

    async def get_partial_values(self, prototype: Any, key_ranges: Iterable[Any]) -> Any:
        """Return parts of objects."""
        wanted = list(key_ranges)
        return await self._asked(lambda: self._store.get_partial_values(prototype, wanted))

    async def exists(self, key: str) -> bool:
        """Say whether an object is there."""
        found: bool = await self._asked(lambda: self._store.exists(key))
        return found

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        """List what lies under a name."""

        async def listed() -> list[str]:
            return [each async for each in self._store.list_dir(prefix)]

        for each in await self._asked(listed):
            yield each
