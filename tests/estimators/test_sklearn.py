"""The stand-ins that keep heavy packages out of a first fit."""

import subprocess
import sys

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
    assert shown_by(code) == ["[]", "0.5", "0.5", "numpy.testing", "<NA>", "module", "True"]


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


def test_a_stand_in_gives_way_while_it_still_stands():
    code = (
        "import sys\nfrom diabolo.estimators import _sklearn\n"
        "for name in [n for n in sys.modules if n.startswith('colorsys')]: del sys.modules[name]\n"
        "_sklearn._DEFERRED = ('colorsys',)\n"
        "with _sklearn._deferred_imports():\n"
        "    import colorsys\n"
        "    print(type(colorsys).__name__)\n"
        "    from colorsys import rgb_to_hsv\n"
        "    print(rgb_to_hsv(0, 0, 0)[0], sys.modules['colorsys'] is colorsys)\n"
        "print(colorsys.rgb_to_hsv is rgb_to_hsv, '__file__' in vars(sys.modules['colorsys']))"
    )
    assert shown_by(code) == ["_StandIn", "0.0", "False", "True", "True"]
