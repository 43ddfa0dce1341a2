"""Groups of rows: found among their codes, described by features, and held against structureless rows."""

from __future__ import annotations

from diabolo.groups.found import GroupFeature, Groups
from diabolo.groups.search import find_groups

__all__ = ["GroupFeature", "Groups", "find_groups"]
