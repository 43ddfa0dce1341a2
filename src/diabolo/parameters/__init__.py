"""The parameters of the estimators: what each is, may be, and is called, said once.

Free of JAX and scikit-learn: the estimators' constructors, checks and docstrings, the flags and help pages of
the command line and the tables of docs/parameters.md are made from here.
"""

from __future__ import annotations

__all__: list[str] = []
