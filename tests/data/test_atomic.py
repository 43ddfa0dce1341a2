import errno
import os
import stat

import pytest

from diabolo.data.atomic import atomic_path, atomic_write
from diabolo.data.destination import FileKind
from diabolo.errors import DataFileError, ModelFileError

ANY = FileKind("a file", lambda path: None)


def listing(folder):
    return sorted(each.name for each in folder.iterdir())


@pytest.fixture
def umask():
    before = os.umask(0o027)
    yield 0o027
    os.umask(before)


def test_nothing_under_the_name_until_all_is_written(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    with atomic_write(path, ANY) as handle:
        handle.write(b"new" * 100_000)
        assert path.read_bytes() == b"old"
        assert len(listing(tmp_path)) == 2
    assert path.read_bytes() == b"new" * 100_000
    assert listing(tmp_path) == ["a.bin"]


def test_text_keeps_its_line_ends(tmp_path):
    with atomic_write(str(tmp_path / "a.txt"), ANY, "t") as handle:
        handle.write("é\r\nx\n")
    assert (tmp_path / "a.txt").read_bytes() == "é\r\nx\n".encode()


@pytest.mark.parametrize("failure", [RuntimeError("mine"), KeyboardInterrupt()])
def test_any_failure_in_the_middle_leaves_what_stood_there(tmp_path, failure):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    with pytest.raises(type(failure)), atomic_write(path, ANY) as handle:  # noqa: PT012
        handle.write(b"half")
        raise failure
    assert path.read_bytes() == b"old"
    assert listing(tmp_path) == ["a.bin"]


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
def test_disk_full(tmp_path, monkeypatch, step):
    path = tmp_path / "a.bin"

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    if step == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    if step == "replace":
        monkeypatch.setattr(type(path), "replace", full)
    with pytest.raises(DataFileError) as caught, atomic_write(path, ANY) as handle:  # noqa: PT012
        handle.write(b"half")
        if step == "write":
            full()
    assert str(caught.value) == (
        f"{path} cannot be written (No space left on device); nothing under that name was made or changed."
    )
    assert listing(tmp_path) == []


def test_everything_is_flushed_to_the_disk_before_the_name_appears(tmp_path, monkeypatch):
    path = tmp_path / "a.bin"
    seen = []

    def fsync(descriptor):
        seen.append((os.fstat(descriptor).st_size, path.exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    with atomic_write(path, ANY) as handle:
        handle.write(b"12345")
    assert seen == [(5, False)]


def test_a_new_file_gets_the_permissions_of_the_umask(tmp_path, umask):
    with atomic_write(tmp_path / "a.bin", ANY):
        pass
    assert stat.S_IMODE((tmp_path / "a.bin").stat().st_mode) == 0o666 & ~umask


def test_a_replaced_file_keeps_its_permissions(tmp_path, umask):
    path = tmp_path / "a.bin"
    path.touch()
    path.chmod(0o646)
    with atomic_write(path, ANY):
        pass
    assert stat.S_IMODE(path.stat().st_mode) == 0o646


def test_a_symbolic_link_stays_one(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.bin").write_bytes(b"old")
    link = tmp_path / "link.bin"
    link.symlink_to("real/a.bin")
    with atomic_write(link, ANY) as handle:
        handle.write(b"new")
    assert link.is_symlink()
    assert (tmp_path / "real" / "a.bin").read_bytes() == b"new"


def test_a_name_as_long_as_the_system_allows(tmp_path):
    path = tmp_path / ("é" * 127)  # 254 bytes
    with atomic_write(path, ANY) as handle:
        handle.write(b"new")
    assert path.read_bytes() == b"new"


def test_places_that_cannot_be_written(tmp_path):
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    missing = tmp_path / "no" / "a.bin"
    for path, said in (
        (
            missing,
            f"{missing} cannot be written: the folder {tmp_path / 'no'} does not exist; make it first.",
        ),
        (tmp_path, f"{tmp_path} cannot be written: it is a folder; choose another name."),
        (pipe, f"{pipe} cannot be written: it is not a regular file; choose another name."),
    ):
        with pytest.raises(DataFileError) as caught, atomic_write(path, ANY):
            pass
        assert str(caught.value) == said
    assert listing(tmp_path) == ["pipe.csv"]


def test_the_caller_s_own_error(tmp_path):
    with pytest.raises(ModelFileError), atomic_write(tmp_path / "no" / "a", ANY, error=ModelFileError):
        pass
    with pytest.raises(ModelFileError), atomic_write("a\0b", ANY, error=ModelFileError):
        pass


def test_a_folder_that_may_not_be_written_to(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    match = r"a\.bin cannot be written \(Permission denied\)"
    with pytest.raises(DataFileError, match=match), atomic_write(tmp_path / "a.bin", ANY):
        pass


def test_a_path_takes_its_name_when_all_is_written(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    path.chmod(0o640)
    with atomic_path(path, ANY) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.read_bytes() == b""
        temporary.write_bytes(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert listing(tmp_path) == ["a.bin"]


def test_a_folder_replaces_a_folder_and_nothing_else(tmp_path):
    path = tmp_path / "a.zarr"
    for text in ("old", "new"):
        with atomic_path(path, ANY, folder=True) as temporary:
            (temporary / "deep").mkdir()
            (temporary / "deep" / "part").write_text(text)
        assert (path / "deep" / "part").read_text() == text
        assert listing(tmp_path) == ["a.zarr"]
    with pytest.raises(DataFileError, match="it is a folder; choose another name"), atomic_path(path, ANY):
        pass
    (tmp_path / "b").write_text("file")
    with (
        pytest.raises(DataFileError, match="it is a file; choose another name"),
        atomic_path(tmp_path / "b", ANY, folder=True),
    ):
        pass


@pytest.mark.parametrize("folder", [False, True])
@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_leaves_no_temporary_path(tmp_path, folder, failure):
    kind = DataFileError if isinstance(failure, OSError) else KeyboardInterrupt
    with pytest.raises(kind) as caught, atomic_path(tmp_path / "a", ANY, folder=folder) as temporary:  # noqa: PT012
        if folder:
            (temporary / "part").write_text("half")
        raise failure
    assert listing(tmp_path) == []
    if kind is DataFileError:
        assert str(caught.value) == (
            f"{tmp_path}/a cannot be written (No space left on device); "
            "nothing under that name was made or changed."
        )


@pytest.mark.parametrize("folder", [False, True])
def test_a_disk_that_is_full_at_the_last_step(tmp_path, monkeypatch, folder):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with (
        pytest.raises(DataFileError, match="No space left"),
        atomic_path(tmp_path / "a", ANY, folder=folder) as place,
    ):
        (place / "part" if folder else place).write_text("whole")
    assert listing(tmp_path) == []
