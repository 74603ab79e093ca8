"""The floor: what the machine needs for one SQLite commit and one POST on a connection kept open."""

import http.client
import sqlite3
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

TIMES = 200


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet for head and body: two of them wait 40 ms for each other
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


def commit_and_post(folder: Path) -> float:
    """Return the median of one commit (WAL, synchronous=FULL) plus one keep-alive POST, in seconds."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
    base = sqlite3.connect(folder / "floor.db", isolation_level=None)
    base.execute("PRAGMA journal_mode=WAL")
    base.execute("PRAGMA synchronous=FULL")
    base.execute("CREATE TABLE moved (id INTEGER PRIMARY KEY, what TEXT)")
    took = []
    for number in range(TIMES):
        start = time.perf_counter()
        base.execute("BEGIN IMMEDIATE")
        base.execute("INSERT INTO moved (what) VALUES (?)", (str(number),))
        base.execute("COMMIT")
        connection.request("POST", "/", b"{}")
        connection.getresponse().read()
        took.append(time.perf_counter() - start)
    server.shutdown()
    base.close()
    return median(took)
