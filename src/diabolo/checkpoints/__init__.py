"""Fits that can be killed: their state in a folder while they last, and from there on."""

from diabolo.checkpoints.checkpoint import Checkpoint, CheckpointLike, checkpoint_of, opened

__all__ = ["Checkpoint", "CheckpointLike", "checkpoint_of", "opened"]
