# SPDX-License-Identifier: Apache-2.0
"""A stand-in for a service: listens, answers 200, and misbehaves as its arguments say."""

import argparse
import signal
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Ready(BaseHTTPRequestHandler):
    """Answers 200 to everything, and ends the process for GET /leave."""

    def do_GET(self) -> None:
        """Answer."""
        if self.path == "/leave":
            sys.stderr.write("first line\nthe reason\n")
            sys.stderr.flush()
            sys.exit(5)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's name
        """Say nothing."""


def main() -> None:
    """Serve until a signal comes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--fail", action="store_true")
    parser.add_argument("--stubborn", action="store_true")
    parser.add_argument("--grandchild", action="store_true")
    options = parser.parse_args()
    if options.fail:
        sys.exit("cannot open the till")
    if options.stubborn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if options.grandchild:
        subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    server = HTTPServer(("127.0.0.1", options.port), Ready)
    sys.stdout.write("open\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
