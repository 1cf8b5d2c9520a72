"""Show the built pages on this machine, at the first free port from 8000 on, until Ctrl-C."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PAGES = Path(__file__).resolve().parents[2] / "_build" / "html"
FIRST, LAST = 8000, 8099


class Server(ThreadingHTTPServer):
    """A server that takes a port of its own, and waits for no browser when it ends."""

    # Elsewhere this frees the port of a server that ended; on Windows it would share a live one's.
    allow_reuse_address = os.name != "nt"
    daemon_threads = True


class Handler(SimpleHTTPRequestHandler):
    """Hands out files, or the page for lost visitors as the web does; prints no requests."""

    def send_error(self, code: int, *reasons: str | None) -> None:
        """Answer with the book's own page where a file is missing."""
        lost = Path(self.directory) / "404.html"
        if code != 404 or not lost.is_file():
            super().send_error(code, *reasons)
            return
        page = lost.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def serve(folder: Path = PAGES) -> Server:
    """Return a server of a folder that listens at the first free port, for this machine alone."""
    for port in range(FIRST, LAST + 1):
        with suppress(OSError):  # another program has this port
            return Server(("127.0.0.1", port), partial(Handler, directory=str(folder)))
    raise SystemExit(f"serve: none of the ports {FIRST} to {LAST} is free")


def main() -> None:
    """Serve until Ctrl-C."""
    with serve() as server, suppress(KeyboardInterrupt):
        port = server.server_address[1]
        taken = "" if port == FIRST else f" (port {FIRST} is taken)"
        print(f"The book is at http://localhost:{port}{taken}. Ctrl-C ends this.", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
