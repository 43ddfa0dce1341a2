"""Screen a table on disk, in one process of a cluster; write down what was found, and the cells read."""

import sys
import threading

import numpy as np

import diabolo
from diabolo.data.source import View
from diabolo.errors import InputError
from diabolo.screening import f_test, mutual_information, variance

COLUMNS = ("statistic", "pvalue", "qvalue", "information", "variance", "missing", "kept_mask")


class Counted(View):
    """A table that counts how often each cell was read."""

    def __init__(self, parent):
        super().__init__(parent, parent.shape)
        self.counts, self.lock = np.zeros(parent.shape, np.int64), threading.Lock()

    def _read(self, rows, columns, out):
        with self.lock:
            self.counts[rows, columns] += 1
        self.parent.read(rows, columns, out)

    _take = _read


def measured(single, table):
    """Call one of the functions that find a single thing of every feature."""
    y = np.asarray((table.parent if isinstance(table, Counted) else table).carried["age"])
    if single.startswith("variance"):
        return variance(table, max_memory="13MB", n_jobs=1)
    if single.startswith("nats"):
        return (mutual_information(table, y, max_memory="30MB", n_jobs=1),)
    return f_test(table, np.sign(y) if "classes" in single else y, max_memory="13MB", n_jobs=1)


def main(address, n_processes, index, table, spoiled, out):
    """Screen with and without information, for numbers and for classes; another table ends in an error."""
    if int(n_processes) > 1:
        diabolo.initialize_cluster(address, int(n_processes), int(index))
    found = {}
    for information in (True, False):
        for kind in ("numbers", "classes"):
            given = Counted(diabolo.open(table, target="age"))
            y = np.asarray(given.parent.carried["age"])
            y = y if kind == "numbers" else np.digitize(y, [-0.5, 0.5])
            screened = diabolo.screen(
                given,
                y,
                top=20,
                information=information,
                n_jobs=1,
                max_memory="30MB" if information else "13MB",
            )
            name = f"{kind}, {'with' if information else 'without'}"
            found |= {f"{name}.{column}": getattr(screened, column) for column in COLUMNS}
            found[f"{name}.counts"] = given.counts
            try:
                diabolo.screen(diabolo.open(spoiled, target="age"), information=information)
            except InputError as problem:
                found[f"{name}.said"] = np.array(str(problem))
    for single in ("f_test numbers, without", "f_test classes, without", "variance, without", "nats, with"):
        given = Counted(diabolo.open(table, target="age"))
        results = measured(single, given)
        found |= {f"{single}.{number}": result for number, result in enumerate(results)}
        found[f"{single}.counts"] = given.counts
        try:
            measured(single, diabolo.open(spoiled, target="age"))
        except InputError as problem:
            found[f"{single}.said"] = np.array(str(problem))
    np.savez(f"{out}-{index}.npz", **found)


if __name__ == "__main__":
    main(*sys.argv[1:])
