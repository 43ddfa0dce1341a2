"""Lets a file of this folder be run by its path, from any folder: ``python examples/digits_map.py``.

Python then looks for modules beside the file first, and so finds this one where the file asks for the package
``examples``; the package takes its place.
"""

import sys
from pathlib import Path

del sys.modules[__name__]
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import examples  # noqa: E402, F401
