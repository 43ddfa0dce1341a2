"""Hostile and damaged files by the ten thousand: ``python -m fuzz``; each loads or is refused."""
