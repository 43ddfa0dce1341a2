import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import jax
import pytest

from diabolo.training import compilation
from diabolo.training.compilation import (
    cache_folder,
    make_room_for_programs,
    prepare_compilation,
    use_compilation_cache,
)


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """A process that has not begun: no variables set, no cache chosen, and JAX's settings only noted."""
    for name in ("DIABOLO_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(compilation, "_started", False)
    noted = {}
    config = SimpleNamespace(jax_compilation_cache_dir=None, update=noted.__setitem__)
    monkeypatch.setattr(compilation, "jax", SimpleNamespace(config=config))
    return noted


@pytest.mark.parametrize("word", ["off", "OFF", "0", "", " off "])
def test_the_variable_switches_the_cache_off(word, fresh, monkeypatch):
    monkeypatch.setenv("DIABOLO_CACHE_DIR", word)
    assert cache_folder() is None
    use_compilation_cache()
    assert fresh == {}


def test_the_variable_names_the_folder(fresh, monkeypatch, tmp_path):
    monkeypatch.setenv("DIABOLO_CACHE_DIR", "~/elsewhere")
    assert cache_folder() == tmp_path / "home" / "elsewhere"


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {}, ".cache/diabolo/compiled"),
        ("linux", {"XDG_CACHE_HOME": ""}, ".cache/diabolo/compiled"),
        ("linux", {"XDG_CACHE_HOME": "/xdg"}, "/xdg/diabolo/compiled"),
        ("darwin", {"XDG_CACHE_HOME": "/xdg"}, "Library/Caches/diabolo/compiled"),
        ("win32", {}, "AppData/Local/diabolo/compiled"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/diabolo/compiled"),
    ],
)
def test_the_default_is_the_systems_cache_folder(platform, variables, expected, fresh, monkeypatch, tmp_path):
    monkeypatch.setattr("sys.platform", platform)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert cache_folder() == tmp_path / "home" / expected


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="owners and modes are POSIX's")
def test_the_folder_is_made_for_the_user_alone_and_told_to_jax(fresh, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    use_compilation_cache()
    folder = tmp_path / "diabolo" / "compiled"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert fresh["jax_compilation_cache_dir"] == str(folder)
    # Without these, JAX keeps only programs that took a second to compile.
    assert fresh["jax_persistent_cache_min_compile_time_secs"] == 0
    assert fresh["jax_persistent_cache_min_entry_size_bytes"] == -1


def test_the_cache_is_set_up_once_a_process(fresh, monkeypatch, tmp_path):
    monkeypatch.setenv("DIABOLO_CACHE_DIR", str(tmp_path / "first"))
    use_compilation_cache()
    monkeypatch.setenv("DIABOLO_CACHE_DIR", str(tmp_path / "second"))
    use_compilation_cache()
    assert fresh["jax_compilation_cache_dir"] == str(tmp_path / "first")
    assert not (tmp_path / "second").exists()


def test_a_cache_that_the_user_gave_jax_is_kept(monkeypatch, tmp_path):
    monkeypatch.setattr(compilation, "_started", False)
    monkeypatch.setenv("DIABOLO_CACHE_DIR", str(tmp_path / "ours"))
    jax.config.update("jax_compilation_cache_dir", str(tmp_path / "theirs"))
    try:
        use_compilation_cache()
        assert jax.config.jax_compilation_cache_dir == str(tmp_path / "theirs")
    finally:
        jax.config.update("jax_compilation_cache_dir", None)
    assert not (tmp_path / "ours").exists()


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="owners and modes are POSIX's")
def test_a_folder_of_another_user_is_not_used(fresh, monkeypatch, tmp_path):
    monkeypatch.setenv("DIABOLO_CACHE_DIR", str(tmp_path))
    other = os.getuid() + 1
    monkeypatch.setattr("os.getuid", lambda: other)
    use_compilation_cache()
    assert fresh == {}


def test_a_folder_that_cannot_be_made_is_done_without(fresh, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("DIABOLO_CACHE_DIR", str(tmp_path / "file" / "folder"))
    use_compilation_cache()
    assert fresh == {}


def test_a_user_without_a_home_trains_without_a_cache(fresh, monkeypatch):
    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    use_compilation_cache()
    assert fresh == {}


def test_the_oldest_files_beyond_the_limit_are_removed(fresh, monkeypatch, tmp_path):
    monkeypatch.setenv("DIABOLO_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(compilation, "MAX_BYTES", 250)
    for name, age in (("young", 10), ("oldest", 400), ("old", 300), ("middle", 200)):
        path = tmp_path / name
        path.write_bytes(b"x" * 100)
        os.utime(path, (1e9 - age, 1e9 - age))
    # Written long ago, but read since: in use.
    read = tmp_path / "read"
    read.write_bytes(b"x" * 100)
    os.utime(read, (1e9 - 20, 1e9 - 500))
    use_compilation_cache()
    assert {path.name for path in tmp_path.iterdir()} == {"young", "read"}
    assert fresh["jax_compilation_cache_dir"] == str(tmp_path)


def test_files_within_the_limit_are_all_kept(fresh, monkeypatch, tmp_path):
    monkeypatch.setenv("DIABOLO_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(compilation, "MAX_BYTES", 200)
    for name in ("one", "two"):
        (tmp_path / name).write_bytes(b"x" * 100)
    use_compilation_cache()
    assert {path.name for path in tmp_path.iterdir()} == {"one", "two"}


FIT = """
import jax, numpy as np
from collections import Counter
from diabolo.core.networks import dense_network
from diabolo.core.objectives import Objective
from diabolo.training.engine import Engine
from diabolo.training.fitting import fit
from diabolo.parameters.named_settings import OPTIMIZERS, defaults_of
from diabolo.training.placement import choose_placement
from diabolo.training.progress import make_progress
from diabolo.training.rows import RowsOnDevice
from diabolo.training.settings import TrainingSettings

events = Counter()
jax.monitoring.register_event_listener(lambda name, **_: events.update([name]))
place = choose_placement("cpu")
random = np.random.default_rng(0)
network = dense_network((4, 2), activation="tanh", code_activation="linear", tied_weights=True,
                        initializer="he_normal", random=random)
settings = TrainingSettings(optimizer_settings=defaults_of(OPTIMIZERS, "adam"), batch_size=4, max_epochs=2)
engine = Engine(network, Objective("squared_error", "linear"), settings, place)
rows = RowsOnDevice(place.put_rows(random.random((8, 4), dtype=np.float32)), np.arange(8))
print(fit(engine, rows, None, make_progress(0, 2)).history["loss"])
print(events["/jax/compilation_cache/cache_hits"], events["/jax/compilation_cache/cache_misses"])
"""


def test_what_one_process_compiled_the_next_one_loads(tmp_path):
    def run():
        variables = {**os.environ, "DIABOLO_CACHE_DIR": str(tmp_path / "cache"), "PYTHONWARNINGS": "error"}
        variables["PYTHONPATH"] = os.pathsep.join(sys.path)
        done = subprocess.run(
            [sys.executable, "-c", FIT], env=variables, check=True, capture_output=True, text=True
        )
        losses, counts = done.stdout.splitlines()
        programs = {path.name for path in (tmp_path / "cache").iterdir() if path.name.endswith("-cache")}
        return losses, tuple(map(int, counts.split())), programs

    losses, (hits, misses), programs = run()
    assert hits == 0
    assert len(programs) == misses
    assert any("run_epoch" in name for name in programs)
    again, (hits, misses), programs_again = run()
    assert again == losses
    assert (hits, misses) == (len(programs), 0)
    assert programs_again == programs


def test_programs_that_were_not_written_whole_are_compiled_again_without_a_word(tmp_path):
    variables = {**os.environ, "DIABOLO_CACHE_DIR": str(tmp_path), "PYTHONWARNINGS": "error"}
    variables["PYTHONPATH"] = os.pathsep.join(sys.path)

    def run():
        done = subprocess.run(
            [sys.executable, "-c", FIT], env=variables, check=True, capture_output=True, text=True
        )
        return done.stdout.splitlines()[0], done.stderr

    expected = run()
    for path in tmp_path.glob("*-cache"):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert run() == expected


def test_who_has_compiled_holds_a_part_of_what_the_next_program_takes(monkeypatch):
    monkeypatch.setattr(compilation, "_has_compiled", False)
    first = compilation.compiler_bytes()
    prepare_compilation()
    assert 0.5 * first < compilation.compiler_bytes() < first


def test_programs_are_let_go_of_before_the_system_refuses_more_mappings(monkeypatch, tmp_path):
    @jax.jit
    def program(x):
        return x + 1

    limit = tmp_path / "max_map_count"
    monkeypatch.setattr(compilation, "_MOST_MAPPINGS", limit)
    program(1.0)
    for most, expected in ((2**31, 1), (100, 0)):
        limit.write_text(f"{most}\n")
        make_room_for_programs()
        assert program._cache_size() == expected
    assert program(1.0) == 2.0


@pytest.mark.parametrize("content", [None, "", "unlimited"])
def test_a_system_without_such_a_limit_has_nothing_to_do(content, monkeypatch, tmp_path):
    limit = tmp_path / "max_map_count"
    if content is not None:
        limit.write_text(content)
    monkeypatch.setattr(compilation, "_MOST_MAPPINGS", limit)
    monkeypatch.setattr(jax, "clear_caches", lambda: pytest.fail("nothing is known of a limit"))
    make_room_for_programs()


def test_mappings_are_counted_once_in_a_hundred_fits(monkeypatch):
    looks = []
    monkeypatch.setattr(compilation, "make_room_for_programs", lambda: looks.append(1))
    for _ in range(300):
        prepare_compilation()
    assert len(looks) == 3
