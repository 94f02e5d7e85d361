# SPDX-License-Identifier: Apache-2.0
"""A real nginx with TLS before the guard, inside an application or before it; each peer has an address of its own.

nginx speaks to the guard from 127.0.0.2, which is trusted; whoever else asks comes from 127.0.0.1, and is not.
"""

import json
import signal
import tomllib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import uvicorn

from seeother.asgi import Guard, Receive, Scope, Send
from seeother.message import first
from seeother.proxy.front import Front
from seeother.proxy.house import GuardHouse
from seeother.proxy.serve import served_as
from seeother.settings import UpstreamSettings, read_settings
from tests.contract.guard.proxied import unguarded
from tests.servers.program import free_port, listens, need, running
from tests.servers.uvicorn_server import serving

CONFIGURATION = """
daemon off; master_process off; pid pid; error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path client_body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  proxy_http_version 1.1; proxy_redirect off; proxy_bind 127.0.0.2;
  proxy_set_header X-Forwarded-For $remote_addr;
  proxy_set_header X-Forwarded-Proto $scheme;
  proxy_set_header X-Forwarded-Host $http_host;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {certificate}; ssl_certificate_key {key};
    location / {{
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header Host $http_host;
      proxy_pass http://127.0.0.1:{upstream};
    }}
    location /renamed/ {{ proxy_pass http://127.0.0.1:{upstream}/; }}
    location /shop/ {{
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Prefix /shop;
      proxy_set_header Host $http_host;
      proxy_pass http://127.0.0.1:{upstream}/;
    }}
  }}
}}
"""
SETTINGS = """
[site]
secrets = ["correct horse battery staple"]
trusted_proxies = ["127.0.0.2/32"]
[ledger]
url = "memory://"
[[route]]
match = "POST /orders"
idempotency = "form"
repair = ["PRX005"]
[journey.checkout]
[[journey.checkout.step]]
name = "cart"
on = ["GET /cart"]
[[journey.checkout.step]]
name = "submit_order"
on = ["POST /orders"]
"""


@dataclass(frozen=True, slots=True)
class Site:
    """The two ways to the guard: by nginx, and around it."""

    nginx: int
    guard: int


async def shop(scope: Scope, receive: Receive, send: Send) -> None:
    """Shows what it sees of a request; an order leads to an absolute address, or at /orders?relative to a path."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body", False):
        pass
    host = (first(scope["headers"], b"host") or b"").decode()
    fields: list[tuple[bytes, bytes]] = [(b"content-type", b"application/json")]
    status, seen = 200, {"scheme": scope["scheme"], "host": host, "client": scope["client"][0]}
    if scope["method"] == "POST":
        place = "" if scope["query_string"] == b"relative" else f"{scope['scheme']}://{host}"
        status = 302
        fields.append((b"location", f"{place}/orders/7".encode()))
    content = json.dumps(seen).encode()
    fields.append((b"content-length", str(len(content)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": content})


@contextmanager
def guarded(way: str, more: str) -> Generator[int]:
    """The shop with a guard, inside or before it; yields the guard's port. `more` are lines of `[site]`."""
    settings = read_settings(tomllib.loads(SETTINGS.replace("[site]", f"[site]\n{more}")), {})
    if way == "inside":
        app = Guard(shop, settings)
        with serving(uvicorn.Config(app, lifespan="off", log_level="critical", proxy_headers=False)) as port:
            yield port
        return
    with serving(unguarded(shop)) as behind:
        made = replace(settings, upstreams=(UpstreamSettings(f"http://127.0.0.1:{behind}"),))
        config = served_as(Front(GuardHouse(made)), made)
        config.log_level = "critical"
        with serving(config) as port:
            yield port


@contextmanager
def site(way: str, folder: Path, certificate: Path, *, mount: str = "") -> Generator[Site]:
    """The guard with nginx before it; `mount` is what its public address says."""
    port, configuration = free_port(), folder / "nginx.conf"
    with guarded(way, f'public_url = "https://localhost:{port}{mount}"' if mount else "") as upstream:
        key = certificate.with_name("key.pem")
        text = CONFIGURATION.format(port=port, certificate=certificate, key=key, upstream=upstream)
        configuration.write_text(text)
        program = need("nginx", package="nginx-light")
        command: list[str | Path] = [program, "-p", folder, "-e", "stderr", "-c", configuration]
        with running(command, directory=folder, ready=lambda: listens(port), stop=signal.SIGQUIT):
            yield Site(port, upstream)
