"""``diabolo export``: one part of a model as a program that runs without Diabolo."""

from __future__ import annotations

from typing import Any

from diabolo.cli.opening import open_model
from diabolo.cli.options import MODEL, written_file
from diabolo.cli.output import Output
from diabolo.cli.page import Option, Page, Typed, WrongUse
from diabolo.cli.written_files import Writes
from diabolo.data.atomic import atomic_write
from diabolo.data.destination import PROGRAMS
from diabolo.parameters.kinds import one_of

__all__ = ["PAGE"]

_STABLEHLO = ".stablehlo"


def export(typed: Typed, output: Output) -> None:
    """Write one part of a model as a program that runs without Diabolo: in ONNX, or in StableHLO.

    The program takes rows as they are in the table: it fills missing cells and scales, and gives results in
    the table's units. It cannot say what is wrong with a row: one that Diabolo refuses comes out as NaN. ONNX
    needs the package onnx: pip install "diabolo[onnx]".

    Examples
    --------
    diabolo export iris.diabolo -o iris.onnx
    diabolo export iris.diabolo --part decode -o decoder.onnx
    diabolo export odd.diabolo --part score -o odd.onnx
    diabolo export iris.diabolo --part reconstruct -o iris.stablehlo
    """
    import numpy as np

    opened, path = open_model(typed.model), typed.path
    estimator = opened.estimator
    if opened.feature_names is not None:
        estimator.feature_names_in_ = np.asarray(opened.feature_names, dtype=object)
    if path.suffix.lower() == _STABLEHLO:
        if typed.dtype != "float32":
            raise WrongUse(f"--dtype {typed.dtype} is for .onnx; a {_STABLEHLO} program is of float32.")
        from diabolo.export.parts import checked_part
        from diabolo.export.stablehlo import stablehlo_bytes

        content = stablehlo_bytes(estimator, typed.part)
        record: dict[str, Any] = {"part": checked_part(estimator, typed.part)}
        about = ""
    else:
        from diabolo.export.onnx_model import graph_of, onnx_bytes

        made = graph_of(estimator, typed.part, typed.dtype)
        content = onnx_bytes(made)
        inputs, outputs = (
            {name: {"type": _type(kind), "columns": width} for name, kind, width in values}
            for values in (made.inputs, made.outputs)
        )
        record = {"part": made.part, "inputs": inputs, "outputs": outputs}
        about = f"\nin:  {_listed(inputs)}\nout: {_listed(outputs)}"
    n_bytes = len(content)
    with atomic_write(path, PROGRAMS[path.suffix.lower()]) as handle:
        handle.write(content)
    record = {"model": typed.model, **record, "bytes": n_bytes, "output": path}
    text = f"{record['part']} of {typed.model} written to {path} ({_size(n_bytes)}){about}"
    output.result(record, text)


def _type(kind: Any) -> str:
    return "text" if kind.kind == "U" else str(kind.name)


def _listed(values: dict[str, dict[str, Any]]) -> str:
    """Say what a program takes or gives for each row."""
    said = []
    for name, about in values.items():
        width = about["columns"]
        said.append(f"{name} ({'one' if width is None else f'{width:,}'} a row, {about['type']})")
    return ", ".join(said)


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:.1f} MB" if n_bytes >= 1e6 else f"{n_bytes / 1e3:.1f} kB"


PAGE = Page(
    export,
    (
        MODEL,
        written_file(
            "Where to write: .onnx or .stablehlo, by which the form is chosen; replaced if it exists.",
            Writes(tuple(PROGRAMS)),
        ),
        Option(
            "--part",
            "Which way through the model: encode, decode, reconstruct, score (a row's reconstruction error; "
            "of a detector its anomaly score) or predict (of a guided code, or a detector). Default: encode; "
            "of a detector score.",
            one_of(
                *("encode", "decode", "reconstruct", "score", "predict"),
                foreign={"transform": "encode", "inverse_transform": "decode", "anomaly_score": "score"},
            ),
        ),
        Option(
            "--dtype",
            "Of rows and scores in ONNX: float64 keeps more digits of large numbers. Default: float32.",
            one_of("float32", "float64"),
            default="float32",
        ),
    ),
)
