"""Imports that are deferred to keep heavy packages out of a first fit, and hidden from everyone else."""

import subprocess
import sys

import pytest
import sklearn

from diabolo.estimators import _sklearn


def shown_by(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()


def test_heavy_packages_stay_out_until_they_are_asked_for():
    code = (
        "import sys, diabolo\ndiabolo.Autoencoder\n"
        f"names = {_sklearn._DEFERRED!r}\n"
        "print([name for name in names if name in sys.modules])\n"
        "import scipy, scipy.stats, scipy.special, numpy, pandas\n"
        "print(scipy.stats.norm.cdf(0.0), scipy.special.expit(0.0), numpy.testing.__name__, pandas.NA)\n"
        "print(type(sys.modules['scipy.stats']).__name__, scipy.stats is sys.modules['scipy.stats'])"
    )
    # scikit-learn 1.7 imports scipy.optimize, parts of which take a function out of scipy.special.
    taken = "['scipy.special']" if sklearn.__version__.startswith("1.7.") else "[]"
    assert shown_by(code) == [taken, "0.5", "0.5", "numpy.testing", "<NA>", "module", "True"]


def test_what_is_imported_already_is_left_alone():
    code = (
        "import scipy.stats, pandas, sys\nbefore = sys.modules['scipy.stats'], sys.modules['pandas']\n"
        "import diabolo\ndiabolo.Autoencoder\n"
        "print(before == (sys.modules['scipy.stats'], sys.modules['pandas']), scipy.stats is before[0])"
    )
    assert shown_by(code) == ["True", "True"]


def test_scikit_learn_works_as_ever_afterwards():
    code = (
        "import diabolo\ndiabolo.Autoencoder\nimport numpy as np, pandas as pd\n"
        "from sklearn.utils.fixes import pd_fillna\n"
        "print(pd_fillna(pd, pd.Series([1.0, np.nan])).isna().sum())\n"
        "from sklearn.linear_model import LogisticRegression\n"
        "X = np.array([[0.0], [1.0]] * 5)\nprint(LogisticRegression().fit(X, X[:, 0]).score(X, X[:, 0]))"
    )
    assert shown_by(code)[-1] == "1.0"


def test_no_stand_in_is_ever_among_the_modules():
    code = (
        "import sys, diabolo\ndiabolo.Autoencoder\n"
        "print([name for name, module in sys.modules.items() if type(module).__module__ == "
        "'diabolo.estimators._sklearn'])\n"
        "import builtins\nprint(builtins.__import__.__module__)"
    )
    assert shown_by(code) == ["[]", "builtins"]


DEFERRED = ("colorsys", "wsgiref.util", "none_such")


def of_a_file(tmp_path, text):
    """Import a file whose own imports are deferred, and give what it shows."""
    (tmp_path / "sklearn_like.py").write_text(text)
    code = (
        f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\nfrom diabolo.estimators import _sklearn\n"
        f"_sklearn._IMPORTERS, _sklearn._DEFERRED = ('sklearn_like',), {DEFERRED}\n"
        "with _sklearn._deferred_imports():\n    import sklearn_like\n"
        "print('colorsys' in sys.modules, 'wsgiref.util' in sys.modules)\n"
        "print(sklearn_like.used())\n"
        "print('colorsys' in sys.modules, 'wsgiref.util' in sys.modules)"
    )
    return shown_by(code)


@pytest.mark.parametrize(
    ("statements", "use"),
    [
        ("import colorsys, wsgiref.util", "colorsys.rgb_to_hsv(0, 0, 1)[2], wsgiref.util.guess_scheme({})"),
        ("import colorsys as c, wsgiref.util as u", "c.rgb_to_hsv(0, 0, 1)[2], u.guess_scheme({})"),
        (
            "import colorsys as c\nfrom wsgiref import util as u",
            "c.rgb_to_hsv(0, 0, 1)[2], u.guess_scheme({})",
        ),
    ],
)
def test_a_name_is_imported_when_it_is_asked_for_something(statements, use, tmp_path):
    shown = of_a_file(tmp_path, f"{statements}\ndef used():\n    return {use}\n")
    assert shown == ["False", "False", "(1,", "'http')", "True", "True"]


def test_a_name_out_of_a_package_is_imported_at_once(tmp_path):
    text = "from colorsys import rgb_to_hsv\ndef used():\n    return rgb_to_hsv(0, 0, 1)[2]\n"
    assert of_a_file(tmp_path, text) == ["True", "False", "1", "True", "False"]


def test_what_is_not_installed_stays_an_import_error(tmp_path):
    text = (
        "try:\n    import none_such\nexcept ImportError as problem:\n    said = problem.name\n"
        "def used():\n    return said\n"
    )
    assert of_a_file(tmp_path, text)[2] == "none_such"


def test_other_files_import_as_ever(tmp_path):
    (tmp_path / "other.py").write_text("import colorsys\n")
    assert of_a_file(tmp_path, "import other\ndef used():\n    return 1\n")[0] == "True"


# Run while the imports of the first file are deferred, and those of this one are not: by another thread.
MEANWHILE = """
import sys
def imported(found):
    import colorsys, wsgiref.util
    import colorsys as c
    from wsgiref import util
    found += [colorsys is c is sys.modules["colorsys"], util is wsgiref.util is sys.modules["wsgiref.util"]]
    found.append(util.__file__.endswith("util.py") and colorsys.__file__.endswith("colorsys.py"))
"""


def test_another_thread_imports_the_real_ones_meanwhile(tmp_path):
    (tmp_path / "other.py").write_text(MEANWHILE)
    text = (
        "import colorsys as c, wsgiref.util as u, threading, other\nfound = []\n"
        "thread = threading.Thread(target=other.imported, args=(found,))\nthread.start()\nthread.join()\n"
        "def used():\n    real = other.sys.modules['colorsys']\n"
        "    return (*found, type(c).__name__, c.rgb_to_hsv is real.rgb_to_hsv)\n"
    )
    assert of_a_file(tmp_path, text)[2:7] == ["(True,", "True,", "True,", "'_Deferred',", "True)"]


def test_another_thread_is_not_kept_from_the_first_files_own_imports(tmp_path):
    text = (
        "import threading, sys\nfound = []\ndef imports():\n    import colorsys\n"
        "    found.append(colorsys is sys.modules['colorsys'])\n"
        "thread = threading.Thread(target=imports)\nthread.start()\nthread.join()\n"
        "def used():\n    return found[0]\n"
    )
    assert of_a_file(tmp_path, text)[:3] == ["True", "False", "True"]
