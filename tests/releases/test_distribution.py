import io
import tarfile
import zipfile

import pytest

from releases.distribution import BrokenDistributionError, hold_sdist, hold_wheel

FILES = ("diabolo/__init__.py", "diabolo/py.typed", "diabolo/reporting/page/page.js")


@pytest.fixture
def source(tmp_path):
    for name in (*FILES, "diabolo/__pycache__/x.pyc"):
        (tmp_path / "src" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "src" / name).write_text("")
    return tmp_path / "src" / "diabolo"


def wheel(folder, names):
    with zipfile.ZipFile(folder / "a.whl", "w") as made:
        for name in (*names, "diabolo-0.1.0.dist-info/METADATA"):
            made.writestr(name, "")
    return folder / "a.whl"


def sdist(folder, names):
    with tarfile.open(folder / "a.tar.gz", "w:gz") as made:
        for name in (*names, "PKG-INFO"):
            made.addfile(tarfile.TarInfo(f"diabolo-0.1.0/{name}"), io.BytesIO())
    return folder / "a.tar.gz"


def test_a_whole_wheel_passes(source, tmp_path):
    hold_wheel(wheel(tmp_path, FILES), source)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_a_wheel_lacks_is_named(source, tmp_path, name):
    with pytest.raises(BrokenDistributionError, match=rf"^the wheel lacks {name}$"):
        hold_wheel(wheel(tmp_path, set(FILES) - {name}), source)


def test_a_file_that_a_wheel_has_too_many_is_named(source, tmp_path):
    with pytest.raises(BrokenDistributionError, match=r"^the wheel has tests/a\.py, which is no part of"):
        hold_wheel(wheel(tmp_path, (*FILES, "tests/a.py")), source)


def test_an_sdist_is_what_git_tracks(tmp_path):
    tracked = ("README.md", "src/diabolo/py.typed", ".ci/run")
    hold_sdist(sdist(tmp_path, tracked), tracked)
    with pytest.raises(BrokenDistributionError, match=r"^the sdist lacks docs/api\.md$"):
        hold_sdist(sdist(tmp_path, tracked), (*tracked, "docs/api.md"))
    with pytest.raises(BrokenDistributionError, match=r"^the sdist has \.ci/run, which is no part of"):
        hold_sdist(sdist(tmp_path, tracked), tracked[:2])
