"""No file can make Diabolo run what it holds: read from the source itself, as SECURITY.md promises."""

import ast
import re
from pathlib import Path

import pytest

import diabolo

ROOT = Path(diabolo.__file__).parent
PROJECT = ROOT.parents[1]

# Packages that make objects, and so run code, out of bytes; and those that start programs.
MODULES = {
    *("pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "jsonpickle"),
    *("yaml", "ruamel", "code", "codeop", "runpy", "subprocess", "pty", "torch", "xmlrpc"),
}
# Names of theirs that have tasks done, in workers of the user's own, and read no file.
HARMLESS = {"joblib": {"Parallel", "delayed", "parallel_config"}, "joblib.parallel": {"get_active_backend"}}
# What makes processes, which are sent what this one made, and reads no file.
PROCESSES = {
    "workers/local.py": ("joblib.externals.loky", "joblib.externals.loky.process_executor"),
    "estimators/_tasks.py": ("pickle", "cloudpickle"),
}
BUILTINS = {"eval", "exec", "compile", "__import__", "breakpoint"}
# object.attribute, by their last two names.
CALLS = {
    *("os.system", "os.popen", "os.startfile", "os.fork", "builtins.eval", "builtins.exec"),
    *("yaml.load", "pd.read_pickle", "pandas.read_pickle", "pd.eval", "pandas.eval", "numexpr.evaluate"),
    *("types.FunctionType", "types.CodeType", "ctypes.CDLL"),
}
# Where a module is imported by a name: each is made of names that stand in the source.
IMPORT_BY_NAME = {"__init__.py", "cli/app.py", "data/formats/__init__.py", "estimators/_sklearn.py"}


def faults(source, path="x.py"):
    """List what a source does that could run what a file holds."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = {alias.name for alias in node.names} - set(PROCESSES.get(path, ()))
            found += [name for name in names if name.partition(".")[0] in MODULES]
        elif isinstance(node, ast.ImportFrom):
            if {alias.name for alias in node.names} <= HARMLESS.get(node.module, set()):
                continue
            is_process = node.module in PROCESSES.get(path, ())
            if (node.module or "").partition(".")[0] in MODULES and not is_process:
                found.append(node.module)
        elif isinstance(node, ast.Call):
            found += called(node, path)
    return found


def called(node, path):
    function, found = node.func, []
    if isinstance(function, ast.Name) and function.id in BUILTINS:
        found.append(function.id)
    if isinstance(function, ast.Attribute):
        name = ast.unparse(function)
        last_two = ".".join(name.split(".")[-2:])
        # The libraries that are in the process already are no file's.
        is_own_process = name == "ctypes.CDLL" and ast.unparse(node).endswith("(None)")
        if (last_two in CALLS and not is_own_process) or re.match(r"os\.(exec|spawn|posix_spawn)", last_two):
            found.append(last_two)
        if last_two == "importlib.import_module" and path not in IMPORT_BY_NAME:
            found.append(f"{last_two} in {path}")
        if last_two in ("np.load", "numpy.load") and "allow_pickle" not in {k.arg for k in node.keywords}:
            found.append(f"{last_two} without allow_pickle=False")
    for keyword in node.keywords:
        is_false = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
        if keyword.arg in ("allow_pickle", "shell", "use_pickle") and not is_false:
            found.append(f"{keyword.arg}={ast.unparse(keyword.value)}")
    return found


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_of_a_file_is_run(path):
    assert faults(path.read_text(), path.relative_to(ROOT).as_posix()) == []


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("import pickle", "pickle"),
        ("import json, cloudpickle", "cloudpickle"),
        ("from pickle import loads", "pickle"),
        ("def f():\n    import joblib.numpy_pickle", "joblib.numpy_pickle"),
        ("from joblib import Parallel, load", "joblib"),
        ("eval('1')", "eval"),
        ("exec(text)", "exec"),
        ("np.load(path)", "np.load without allow_pickle=False"),
        ("np.load(path, allow_pickle=True)", "allow_pickle=True"),
        ("np.lib.format.read_array(f, allow_pickle=trusted)", "allow_pickle=trusted"),
        ("yaml.load(text)", "yaml.load"),
        ("os.system('ls')", "os.system"),
        ("ctypes.CDLL(path)", "ctypes.CDLL"),
        ("os.execv(a, b)", "os.execv"),
        ("importlib.import_module(name)", "importlib.import_module in x.py"),
    ],
)
def test_the_look_finds_what_it_looks_for(source, fault):
    assert faults(source) == [fault]


def test_what_is_alike_is_let_pass():
    alike = ["np.load(path, allow_pickle=False)", "re.compile('a')", "model.eval()", "self.exec(1)"]
    assert faults("\n".join([*alike, "ctypes.CDLL(None)"])) == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-data.lock"])
def test_every_locked_package_has_its_hashes(name):
    text = (PROJECT / name).read_text().replace("\\\n", " ")
    locked = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert locked
    for line in locked:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", line), line.split()[0]
    assert "--require-hashes -r" in (PROJECT / "Makefile").read_text()
