"""A folder watched while parts are written to it, so that something is done in the middle."""

import contextlib
import os
import threading
import time


class Seen:
    """How many parts were there when it was done."""

    n_parts = None


def process(_):
    time.sleep(0.05)
    return os.getpid()


@contextlib.contextmanager
def watching(folder, count, act):
    """Do something once there are so many parts."""
    seen, ended = Seen(), threading.Event()

    def watch():
        while not ended.wait(0.002):
            n_parts = (
                sum(path.suffix == ".parquet" for path in folder.glob("[!.]*")) if folder.is_dir() else 0
            )
            if n_parts >= count:
                seen.n_parts = n_parts
                act()
                return

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()
