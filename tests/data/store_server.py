"""A store that speaks S3 on this machine, and what stands between: it counts bytes and cuts connections."""

import contextlib
import http.server
import logging
import re
import socket
import socketserver
import threading
from pathlib import Path

_CUT = b"\1\0\0\0\0\0\0\0"  # closed at once, as by a network that breaks
_PART = 2**16


class Between:
    """Passes what a client asks on to a server, and its answer back."""

    def __init__(self, host, port):
        self.there = (host, port)
        self.reset()
        between = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                with contextlib.suppress(OSError), socket.create_connection(between.there) as server:
                    between.pass_on(self.request, server)

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]

    def reset(self):
        """Count anew, and cut nothing."""
        self.asked, self.n_bytes = [], 0
        self.n_cuts, self.cut_after, self.cut_at = 0, 0, ""

    def cut(self, n_cuts, after=0, at=""):
        """Cut so many connections, -1 for all, after some bytes of the answer to what matches a pattern."""
        self.n_cuts, self.cut_after, self.cut_at = n_cuts, after, at

    def pass_on(self, client, server):
        """Pass on what comes from both sides."""
        now = {"asked": ""}

        def forth():
            with contextlib.suppress(OSError):
                while part := client.recv(_PART):
                    for line in re.findall(rb"(?:^|\n)((?:GET|HEAD|PUT|POST|DELETE) [^\r]*)", part):
                        now["asked"] = line.decode()
                        self.asked.append(now["asked"])
                    server.sendall(part)
                server.shutdown(socket.SHUT_WR)

        threading.Thread(target=forth, daemon=True).start()
        try:
            self._back(client, server, now)
        finally:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)  # or `forth` would keep it open

    def _back(self, client, server, now):
        n_sent = 0
        while part := server.recv(_PART):
            n_sent += len(part)
            if self.n_cuts and n_sent > self.cut_after and re.search(self.cut_at, now["asked"]):
                client.sendall(part[: len(part) - (n_sent - self.cut_after)])
                self.n_cuts -= self.n_cuts > 0
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _CUT)
                return
            self.n_bytes += len(part)
            client.sendall(part)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, *given):
        super().__init__(*given)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def handle_error(self, request, address):
        """Say nothing of connections that a client gave up."""

    def end(self):
        """Stop, and let go of the port."""
        self.shutdown()
        self.server_close()


@contextlib.contextmanager
def s3_server():
    """Start a store, with `Between` in front of it."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    between = Between(*server.get_host_and_port())
    try:
        yield between
    finally:
        between.server.end()
        server.stop()


class Web(http.server.BaseHTTPRequestHandler):
    """Gives the files of `folder`, by ranges or not; `leads` says what leads where."""

    folder, ranges, leads, statuses, asked = Path(), True, {}, [], []
    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.do_GET(with_content=False)

    def do_GET(self, with_content=True):
        self.asked.append((self.command, self.path, self.headers.get("Range")))
        path = self.path.partition("?")[0]
        status = self.statuses.pop(0) if self.statuses else None
        if status is not None or path in self.leads:
            self.send_response(status or 302)
            if status is None:
                self.send_header("Location", self.leads[path])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        file = self.folder / path.lstrip("/")
        if not file.is_file():
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        content, wanted = file.read_bytes(), re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        self.send_response(206 if wanted and self.ranges else 200)
        if wanted and self.ranges:
            first, last = int(wanted[1]), int(wanted[2] or len(content) - 1)
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
            content = content[first : last + 1]
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if with_content:
            self.wfile.write(content)

    def log_message(self, *said):
        """Print nothing."""


@contextlib.contextmanager
def web_server(folder):
    """Start a server of a folder's files."""
    handler = type("Handler", (Web,), {"folder": folder, "leads": {}, "statuses": [], "asked": []})
    server = _Server(("127.0.0.1", 0), handler)
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", handler
    finally:
        server.end()


class Refusing(http.server.BaseHTTPRequestHandler):
    """Answers every question as S3 does where it refuses: by `status`, and the word of `code`."""

    status, code, n_asked = 403, "AccessDenied", 0
    protocol_version = "HTTP/1.1"

    def do_GET(self, with_content=True):
        type(self).n_asked += 1
        said = f"<Error><Code>{self.code}</Code><Message>refused</Message></Error>".encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        if with_content:
            self.wfile.write(said)

    def do_HEAD(self):
        self.do_GET(with_content=False)

    def do_PUT(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.do_GET()

    def log_message(self, *said):
        """Print nothing."""


@contextlib.contextmanager
def refusing_server(status, code):
    """Start a store that refuses all."""
    handler = type("Handler", (Refusing,), {"status": status, "code": code, "n_asked": 0})
    server = _Server(("127.0.0.1", 0), handler)
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", handler
    finally:
        server.end()
