"""The text of a table, unpacked on the way where it is packed, and its rows."""

from __future__ import annotations

import bz2
import codecs
import csv
import gzip
import io
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from diabolo.data.location import StandardInput, damaged
from diabolo.data.remote_file import RemoteFile
from diabolo.errors import DataFileError, ParameterError, nearest_name
from diabolo.messages import setting

__all__ = ["CsvText", "Packing", "packing_of", "text_of"]

_UTF8 = "utf-8-sig"  # with a byte order mark or without
_BYTE_ORDER_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_USUAL = ("utf-8", "cp1252", "latin-1", "utf-16", "utf-16-le", "utf-16-be", "mac-roman", "cp1250", "gb18030")
_FOREIGN = {"ansi": "cp1252", "windows": "cp1252", "ucs_2": "utf-16", "unicode": "utf-16"}
# Of text in UTF-16 without many foreign letters, a half of the bytes is 0.
_FEW_ZEROS = 4
# What is asked for at once of a text that lies elsewhere, and is read from front to back.
_REMOTE_BYTES = 2**22
# Bytes that cp1252 gives no character.
_NOT_CP1252 = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))


@dataclass(frozen=True)
class Packing:
    """How a file is packed.

    Parameters
    ----------
    holds : str
        What `diabolo.data.location.content` says of such a file; nothing where it is not packed.
    unpacked : callable, optional
        Takes the file's bytes as they are read and gives those that were packed.
    """

    holds: str = ""
    unpacked: Callable[[IO[bytes], str], Any] | None = None

    def open(self, path: Path | RemoteFile | StandardInput) -> IO[bytes]:
        """Open a file's bytes as they were before they were packed."""
        packed: IO[bytes] = path.open("rb")
        if isinstance(path, RemoteFile):
            packed = io.BufferedReader(packed, _REMOTE_BYTES)  # type: ignore[type-var]
        return packed if self.unpacked is None else _Unpacked(self.unpacked(packed, str(path)), packed)


class _Unpacked(io.BufferedReader):
    """Unpacked bytes, closed together with the file that they are unpacked from."""

    def __init__(self, unpacked: Any, packed: IO[bytes]) -> None:
        super().__init__(unpacked)
        self._packed = packed

    def close(self) -> None:
        super().close()
        self._packed.close()


def packing_of(path: Path | RemoteFile | StandardInput) -> Packing:
    """Say how a file is packed, by its suffix.

    Examples
    --------
    >>> packing_of(Path("rows.csv.gz")).holds, packing_of(Path("rows.csv")).holds
    ('gzip-compressed bytes', '')
    """
    return _PACKINGS.get(path.suffix.lower(), _PLAIN)


@dataclass(frozen=True)
class CsvText:
    r"""The text of a table.

    Parameters
    ----------
    path : Path
        An existing file.
    encoding : str, default UTF-8
        As Python names it.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "two.csv"
    >>> _ = path.write_text('# made by hand\n1,"a\nb"\n2,c\n\n')
    >>> list(CsvText(path).records(",", 1))
    [(2, ['1', 'a\nb']), (4, ['2', 'c'])]
    """

    path: Path | RemoteFile | StandardInput
    encoding: str = _UTF8

    has_lines = True
    """Whether rows can be read as lines, and not only as cells."""

    def open(self, newline: str | None = None) -> IO[str]:
        """Open it for reading."""
        packed: Any = packing_of(self.path).open(self.path)
        return io.TextIOWrapper(packed, encoding=self.encoding, newline=newline)

    def records(self, delimiter: str, skipped: int = 0) -> Generator[tuple[int, list[str]], None, None]:
        """Read row by row, quoting understood, blank lines left out.

        Parameters
        ----------
        delimiter : str
            The one character between cells.
        skipped : int, default 0
            Lines above the table.

        Yields
        ------
        line : int
            The line on which the row starts, as an editor counts.
        cells : list of str
            The row.

        Raises
        ------
        DataFileError
            A quote is not closed, or a blank line, which may be a missing cell, stands between rows of one.
        """
        path = self.path
        with self.open(newline="") as handle:
            for _ in range(skipped):
                if not handle.readline():
                    break
            reader = csv.reader(handle, delimiter=delimiter, strict=True)
            blank_line = width = 0
            line = skipped + 1
            try:
                for cells in reader:
                    if not cells or (len(cells) == 1 and not cells[0].strip()):
                        blank_line = blank_line or line
                    elif blank_line and width == 1:
                        raise DataFileError(
                            f"{path}, line {blank_line}: the line is blank and rows follow it; fill or "
                            "remove it."
                        )
                    else:
                        width = width or len(cells)
                        yield line, cells
                    line = skipped + reader.line_num + 1
            except csv.Error as problem:
                raise DataFileError(
                    f"{path}, line {line}: the row that starts here cannot be told into cells ({problem}); "
                    "look for a quote that is not closed."
                ) from problem

    def undecodable(self) -> DataFileError:
        """Find the first byte that is not of the encoding: the decoder counts from its buffer's beginning."""
        path, offset = self.path, 0
        named = "UTF-8" if self.encoding == _UTF8 else self.encoding
        if "16" in named or "32" in named:  # of which a line end is no byte of its own
            return DataFileError(
                f"{path} is not {named}: its bytes cannot be read so; say which encoding it has with "
                f"{setting('encoding')}."
            )
        try:
            with packing_of(path).open(path) as handle:
                for line, text in enumerate(handle, 1):
                    try:
                        text.decode(self.encoding)
                    except UnicodeDecodeError as problem:
                        byte = text[problem.start]
                        is_latin = named == "cp1252" or set(text) & set(_NOT_CP1252)
                        said = setting("encoding", "latin-1" if is_latin else "cp1252")
                        return DataFileError(
                            f"{path} is not {named}: byte {offset + problem.start} of the file "
                            f"(0x{byte:02x}, in line {line}) cannot be read; say {said} if it was saved by "
                            "Windows or Excel, or save it with UTF-8 encoding."
                        )
                    offset += len(text)
        except Exception as problem:  # packed, and damaged besides
            return damaged(path, problem)
        raise AssertionError("a file that cannot be decoded has a byte that cannot be decoded")


def text_of(path: Path | RemoteFile | StandardInput, encoding: str | None = None) -> CsvText:
    """Find out in which encoding a text is: what was said, or by its byte order mark; else UTF-8.

    Parameters
    ----------
    path : Path
        An existing file.
    encoding : str, optional
        What was said.

    Returns
    -------
    CsvText

    Raises
    ------
    ParameterError
        There is no such encoding.
    DataFileError
        Its bytes are those of UTF-16, but nothing says so.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "t.csv"
    >>> _ = path.write_text("1;2", encoding="utf-16")
    >>> text_of(path).encoding
    'utf-16'
    """
    with packing_of(path).open(path) as handle:
        head = handle.read(512)
    marked = _BYTE_ORDER_MARKS.get(head[:2])
    if encoding is None:
        if marked is None and head.count(0) * _FEW_ZEROS > len(head):
            likely = "utf-16-be" if head[:1] == b"\0" else "utf-16-le"
            raise DataFileError(
                f"{path} is not UTF-8 but seems to be UTF-16 without a mark that says so: say "
                f"{setting('encoding', likely)}, or save it with UTF-8 encoding."
            )
        return CsvText(path, marked or _UTF8)
    name = _known(encoding)
    if name == "utf-8":
        return CsvText(path, _UTF8)
    return CsvText(path, marked if marked is not None and name.startswith("utf-16") else encoding)


def _known(encoding: str) -> str:
    """Return Python's name of an encoding of text."""
    try:
        found = codecs.lookup(encoding)
        if found._is_text_encoding:
            return found.name
    except (LookupError, TypeError):
        pass
    hint = nearest_name(str(encoding).lower(), _USUAL, _FOREIGN)
    raise ParameterError(
        f"{setting('encoding', encoding)} is not possible; expected the name of one, such as 'cp1252', "
        f"'latin-1' or 'utf-16'.{hint}"
    )


def _zstd(handle: IO[bytes], place: str) -> Any:
    try:
        from compression import zstd  # type: ignore[import-not-found]  # of Python 3.14
    except ImportError:
        from diabolo.data.arrow_source import import_pyarrow

        return import_pyarrow(place).CompressedInputStream(handle, "zstd")
    return zstd.ZstdFile(handle)


_PLAIN = Packing()
_PACKINGS = {
    ".gz": Packing("gzip-compressed bytes", lambda handle, _: gzip.GzipFile(fileobj=handle)),
    ".bz2": Packing("bzip2-compressed bytes", lambda handle, _: bz2.BZ2File(handle)),
    ".zst": Packing("zstd-compressed bytes", _zstd),
}
