"""Networks of the user's own in a model file: their numbers by name. The code comes from whoever reads it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from diabolo.core.own_network import OwnNetwork
from diabolo.core.own_part import OwnPart
from diabolo.core.supervision import GuidedNetwork
from diabolo.errors import ModelFileError
from diabolo.messages import either
from diabolo.persistence.record_entries import checked_entry, refusal, shown, take_tensor
from diabolo.training.forked import worked_out

__all__ = ["OWN_PARTS", "own_filled", "own_parts_needed", "own_record"]

OWN_PARTS = "own_parts"
"""The record's entry that says where the code was to be found: text for people, never followed."""

_SIDES = ("encoder", "decoder")
# Of answers of one network on two machines, which may multiply matrices in few digits.
_TOLERANCE = 0.02
_PROBE_ROWS = 4


def own_record(network: Any) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Take a network of the user's own apart.

    Parameters
    ----------
    network : OwnNetwork or GuidedNetwork
        Trained; a guided one is of the user's own inside.

    Returns
    -------
    tensors : dict of str to ndarray
        What is trained under ``network.``, what is carried from batch to batch under ``state.``, other arrays
        of whole numbers under ``fixed.``, each by the path in its part; what the network answers to a few
        rows under ``probe.``.
    entry : dict
        Where the code was to be found.
    """
    own: OwnNetwork = network.network if isinstance(network, GuidedNetwork) else network
    tensors: dict[str, np.ndarray] = {}
    for side in _SIDES:
        part: OwnPart = getattr(own, side)
        for group, arrays in _groups(part).items():
            tensors |= {f"{group}.{side}{name}": _kept(array) for name, array in arrays.items()}
    if isinstance(network, GuidedNetwork):
        tensors |= {f"network.head.{name}": _kept(array) for name, array in vars(network.head).items()}
    tensors |= _answers(own)
    return tensors, {side: getattr(own, side).import_path for side in _SIDES}


def own_filled(network: Any, tensors: dict[str, np.ndarray], entry: dict[str, str]) -> Any:
    """Give a network made of the code at hand the numbers of a file, if they fit.

    Parameters
    ----------
    network : OwnNetwork or GuidedNetwork
        New.
    tensors : dict of str to ndarray
        The file's; those that are used are taken out.
    entry : dict
        Where the file's code was to be found.

    Returns
    -------
    OwnNetwork or GuidedNetwork

    Raises
    ------
    ModelFileError
        For arrays of other paths, shapes or types, and for a network that answers otherwise than the one that
        was saved.
    """
    own: OwnNetwork = network.network if isinstance(network, GuidedNetwork) else network
    parts = {}
    for side in _SIDES:
        part: OwnPart = getattr(own, side)
        taken = [_taken(tensors, group, side, part, entry[side]) for group in _groups(part)]
        parts[side] = part.with_arrays(*taken)
    own = OwnNetwork(**parts)
    for name, expected in _answers(own).items():
        found = take_tensor(tensors, name, expected.shape, np.float32)
        if np.abs(found - expected).max(initial=0.0) > _TOLERANCE * max(1.0, np.abs(found).max(initial=0.0)):
            raise ModelFileError(
                f"the encoder and the decoder given have arrays of the same shapes as those saved "
                f"({entry['encoder']} and {entry['decoder']}), but answer otherwise: an activation, a number "
                "or the order of layers is another"
            )
    if not isinstance(network, GuidedNetwork):
        return own
    head = {
        name: take_tensor(tensors, f"network.head.{name}", np.shape(array), np.float32)
        for name, array in vars(network.head).items()
    }
    return replace(network, network=own, head=replace(network.head, **head))


def own_parts_needed(record: dict[str, Any], own: tuple[Any, Any]) -> dict[str, str] | None:
    """Hold what is given beside a model file against what it needs.

    Parameters
    ----------
    record : dict
        Read from the file.
    own : tuple of (encoder, decoder)
        Those given, or None and None.

    Returns
    -------
    dict of str to str, or None
        Where the code of each part was to be found; None for layers of Diabolo's own.

    Raises
    ------
    ModelFileError
        Where the file needs parts and none are given, or the other way round.
    """
    if record.get(OWN_PARTS) is None:
        if own != (None, None):
            raise ModelFileError("its layers are Diabolo's own; leave encoder= and decoder= out")
        return None
    entry = checked_entry(record, OWN_PARTS, dict, "where the code of two parts was to be found")
    if set(entry) != set(_SIDES) or not all(isinstance(path, str) for path in entry.values()):
        raise refusal(f"the record's {OWN_PARTS!r}", "an encoder and a decoder", shown(entry))
    entry = {side: shown(path).strip("'\"") for side, path in entry.items()}
    if None in own:
        call = "diabolo.load(path, encoder=..., decoder=...)"
        how = either(f"pass the same: {call}", f"it opens in Python alone, by {call} with the same")
        raise ModelFileError(
            f"it has an encoder and a decoder of your own ({entry['encoder']} and "
            f"{entry['decoder']}), which are code, and a model file never holds code; {how}"
        )
    return entry


def _kept(array: Any) -> np.ndarray:
    return np.array(array, order="C")


def _groups(part: OwnPart) -> dict[str, dict[str, Any]]:
    """List the arrays of a part by what they are, in the order in which it takes them."""
    return {"network": part.named_arrays(), "state": part.named_state(), "fixed": part.named_fixed()}


def _taken(
    tensors: dict[str, np.ndarray], group: str, side: str, part: OwnPart, path: str
) -> dict[str, np.ndarray]:
    """Take the arrays of one kind that a part has, if the file has the same."""
    prefix = f"{group}.{side}"
    in_file = {name.removeprefix(prefix): name for name in tensors if name.startswith(prefix)}
    expected = _groups(part)[group]
    what = {"network": "trained array", "state": "state's array", "fixed": "fixed array"}[group]
    start = f"the {side} given is not like the one saved, {path}"
    for name in sorted(expected.keys() ^ in_file.keys()):
        one, other = ("the file", "it") if name in in_file else ("it", "the file")
        raise ModelFileError(f"{start}: {one} has the {what} {shown(name)}, {other} has none of that path")
    for name, array in expected.items():
        found = tensors[in_file[name]]
        dtype = np.dtype(np.float32) if group != "fixed" else array.dtype
        if found.shape != np.shape(array) or found.dtype != dtype:
            raise ModelFileError(
                f"{start}: its {what} {shown(name)} is {dtype.name} of shape {np.shape(array)}, the file's "
                f"is {found.dtype.name} of shape {found.shape}"
            )
    return {
        name: take_tensor(tensors, in_file[name], np.shape(array), tensors[in_file[name]].dtype.type)
        for name, array in expected.items()
    }


def _answers(own: OwnNetwork) -> dict[str, np.ndarray]:
    """Ask a network for the codes of a few rows, always the same, and for what it makes of these."""
    n_features = int(np.prod(own.encoder.row_shape))
    rows: Any = np.sin(np.outer(np.arange(1, _PROBE_ROWS + 1), np.arange(1, n_features + 1))).astype(
        np.float32
    )
    encoded = worked_out(OwnNetwork.encode, own, rows)
    output = worked_out(OwnNetwork.decode, own, encoded[:, : own.decoder.row_shape[0]])
    answers = {"probe.encoded": encoded, "probe.output": output}
    # A network may well have no answer to such rows.
    return {
        name: np.nan_to_num(np.array(answer, np.float32), nan=0.0, posinf=0.0, neginf=0.0)
        for name, answer in answers.items()
    }
