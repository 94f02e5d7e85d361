# SPDX-License-Identifier: Apache-2.0
"""A shop that knows nothing of the guard, with the usual faults; it stands for one in Go, PHP, Java or Node."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ORDERS: list[bytes] = []


class Shop(BaseHTTPRequestHandler):
    """Answers as many shops do."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Show a page, or fail in a way of its own."""
        if self.path == "/crash":
            self.close_connection = True  # it dies without a word
        elif self.path == "/busy":
            self.answer(503, "")
        else:
            self.answer(200, f"<!doctype html><title>{self.path}</title><p>{len(ORDERS)} orders</p>")

    def do_POST(self) -> None:
        """Take an order, and lead to it."""
        ORDERS.append(self.rfile.read(int(self.headers["content-length"])))
        self.answer(302, "", location=f"/orders/{len(ORDERS)}")

    def answer(self, status: int, page: str, **fields: str) -> None:
        """Send a head and a page."""
        content = page.encode()
        self.send_response(status)
        for name, value in (fields | {"content-type": "text/html", "content-length": str(len(content))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Shop).serve_forever()
