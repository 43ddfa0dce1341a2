"""A small data set, and a server on this machine that serves it."""

import contextlib
import gzip
import hashlib
import http.server
import struct
import threading
from dataclasses import dataclass, field

import numpy as np
import pytest

from diabolo.datasets.catalog import DataFile, Dataset


def idx_bytes(array):
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@dataclass(frozen=True)
class Small:
    """A data set of 5 + 2 images of 4 x 3 pixels, and what its files hold."""

    dataset: Dataset
    arrays: dict
    contents: dict

    def put(self, folder, names=None, compress=bytes, suffix=""):
        folder.mkdir(parents=True, exist_ok=True)
        for name in self.contents if names is None else names:
            (folder / f"{name}{suffix}").write_bytes(compress(self.contents[name]))
        return folder


@pytest.fixture
def small():
    random = np.random.default_rng(5)
    arrays, contents, splits = {}, {}, {}
    for split, rows in (("train", 5), ("test", 2)):
        pair = []
        for kind, shape, top in (("images", (rows, 4, 3), 256), ("labels", (rows,), 10)):
            name = f"{split}-{kind}"
            arrays[name] = random.integers(0, top, shape, dtype=np.uint8)
            contents[name] = idx_bytes(arrays[name])
            total = hashlib.sha256(contents[name]).hexdigest()
            pair.append(DataFile(name, shape, total, len(gzip.compress(contents[name]))))
        splits[split] = tuple(pair)
    dataset = Dataset(
        name="small",
        title="Small",
        rows={"train": 5, "test": 2},
        columns=12,
        license="none",
        citation="nobody",
        splits=splits,
        addresses=("https://127.0.0.1:1/",),
        debian_package="dataset-small",
    )
    return Small(dataset, arrays, contents)


@pytest.fixture
def own_places(tmp_path, monkeypatch):
    """Keep the loaders from the real folders; give back DIABOLO_DATA, the system's and the cache."""
    data, system, cache = tmp_path / "data", tmp_path / "system", tmp_path / "cache"
    monkeypatch.setenv("DIABOLO_DATA", str(data))
    monkeypatch.setenv("DIABOLO_CACHE_DIR", str(cache))
    monkeypatch.setattr("diabolo.datasets.files.SYSTEM_FOLDER", system)
    monkeypatch.setenv("no_proxy", "*")
    return data, system, cache / "datasets"


@dataclass
class Server:
    """What is served under which path, and what was asked for."""

    address: str = ""
    pages: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)

    def serve(self, small):
        """Serve the small set as its official address would; give back the set that knows of it."""
        from dataclasses import replace

        for name, content in small.contents.items():
            self.pages[f"/{name}.gz"] = {"body": gzip.compress(content)}
        return replace(small.dataset, addresses=(self.address,), plain_http=True)


@pytest.fixture
def server():
    """Run a server in a thread; a page is its body, perhaps with status, headers, announced length."""
    state = Server()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.close_connection = True
            state.asked.append(self.path)
            page = state.pages.get(self.path, {"status": 404, "body": b"nothing here"})
            body = page["body"]
            self.send_response(page.get("status", 200))
            for name, value in page.get("headers", {}).items():
                self.send_header(name, value)
            length = page.get("length", len(body))
            if length is not None:
                self.send_header("Content-Length", str(length))
            self.send_header("Connection", "close")
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body)

        def log_message(self, *_):
            pass

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.address = f"http://127.0.0.1:{running.server_port}/"
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    running.shutdown()
    running.server_close()
    thread.join()
