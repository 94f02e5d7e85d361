# SPDX-License-Identifier: Apache-2.0
"""nginx in front of servers that fail in their several ways, with the access log that watch reads."""

import os
import signal
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

from tests.servers.program import free_port, listens, need, running

CONFIGURATION = """
daemon off; master_process on; pid pid; error_log stderr crit;
events {{}}
http {{
  client_body_temp_path client_body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  {log_format}
  access_log {log} seeother;
  proxy_next_upstream off; proxy_read_timeout 300ms;
  server {{
    listen 127.0.0.1:{port};
{locations}
  }}
}}
"""
LOCATION = """    location {path} {{ proxy_pass http://127.0.0.1:{port}; proxy_set_header Host $http_host; }}
"""


@dataclass(frozen=True, slots=True)
class LoggedFront:
    """An nginx, and its access log."""

    port: int
    log: Path
    process: "Popen[bytes]"

    def reopen(self) -> None:
        """Have it begin a new log, as logrotate does after renaming the old one."""
        os.kill(self.process.pid, signal.SIGUSR1)


@contextmanager
def nginx_logged(folder: Path, log_format: str, upstreams: Mapping[str, int]) -> Generator[LoggedFront]:
    """An nginx before servers by path."""
    program, port, log = need("nginx", package="nginx-light"), free_port(), folder / "seeother.json"
    folder.chmod(0o755)  # its workers may be another user's
    locations = "".join([LOCATION.format(path=path, port=upstream) for path, upstream in upstreams.items()])
    configuration = folder / "nginx.conf"
    configuration.write_text(CONFIGURATION.format(log_format=log_format, log=log, port=port, locations=locations))
    command: list[str | Path] = [program, "-p", folder, "-e", "stderr", "-c", configuration]
    with running(command, directory=folder, ready=lambda: listens(port), stop=signal.SIGQUIT) as process:
        yield LoggedFront(port, log, process)
