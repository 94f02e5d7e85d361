# SPDX-License-Identifier: Apache-2.0
"""nginx in front of an application, speaking TLS and HTTP/2, with a certificate made for the occasion."""

import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.program import free_port, listens, need, running

CONFIGURATION = """
daemon off; master_process off; pid pid; error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path client_body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {{
    listen 127.0.0.1:{port} ssl http2;
    ssl_certificate {certificate}; ssl_certificate_key {key};
    location / {{
      proxy_pass http://127.0.0.1:{upstream};
      proxy_http_version 1.1; proxy_redirect off; proxy_buffering off;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
    }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class TlsFront:
    """Where nginx listens, and the certificate that a client must trust; it names localhost and shop.example."""

    port: int
    certificate: Path

    @property
    def url(self) -> str:
        """The address by the name that the certificate has."""
        return f"https://localhost:{self.port}"


@pytest.fixture(scope="session")
def tls_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for localhost, 127.0.0.1 and shop.example; its key lies beside it."""
    openssl = need("openssl", package="openssl")
    directory = tmp_path_factory.mktemp("tls")
    options = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    names = "subjectAltName=DNS:localhost,DNS:shop.example,IP:127.0.0.1"
    files = ["-addext", names, "-keyout", "key.pem", "-out", "certificate.pem"]
    subprocess.run([openssl, *options.split(), *files], cwd=directory, check=True, capture_output=True)
    return directory / "certificate.pem"


@pytest.fixture
def nginx_tls(tls_certificate: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., TlsFront]]:
    """Starts an nginx before the application on the given port of 127.0.0.1, as often as called."""
    program = need("nginx", package="nginx-light")
    with ExitStack() as fronts:

        def start(upstream: int, port: int | None = None) -> TlsFront:
            directory = tmp_path_factory.mktemp("nginx")
            front = TlsFront(port or free_port(), tls_certificate)
            configuration = directory / "nginx.conf"
            key = tls_certificate.with_name("key.pem")
            configuration.write_text(
                CONFIGURATION.format(port=front.port, certificate=front.certificate, key=key, upstream=upstream)
            )
            command: list[str | Path] = [program, "-p", directory, "-e", "stderr", "-c", configuration]
            fronts.enter_context(
                running(command, directory=directory, ready=lambda: listens(front.port), stop=signal.SIGQUIT)
            )
            return front

        yield start
