"""Model files."""

from diabolo.persistence.model_file import describe, load, save

__all__ = ["describe", "load", "save"]
