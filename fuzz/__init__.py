"""Hostile and damaged files by the ten thousand: ``python -m fuzz``. Each must load, or be refused in a sentence."""
