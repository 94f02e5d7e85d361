# SPDX-License-Identifier: Apache-2.0
"""Forms as browsers write them."""

from seeother.message import Request

FORM = Request("POST", "/orders", fields=((b"content-type", b"application/x-www-form-urlencoded"),))


def part(name: str, value: bytes, *, filename: str | None = None) -> bytes:
    """One part of a multipart form."""
    head = f'Content-Disposition: form-data; name="{name}"'
    if filename is not None:
        head += f'; filename="{filename}"\r\nContent-Type: image/png'
    return head.encode() + b"\r\n\r\n" + value + b"\r\n"


def multipart(*parts: bytes, boundary: str = "----WebKitFormBoundary7MA4YWxk") -> tuple[Request, bytes]:
    """A request, and its content."""
    delimiter = b"--" + boundary.encode()
    content = b"".join([delimiter + b"\r\n" + each for each in parts]) + delimiter + b"--\r\n"
    return Request(
        "POST", "/orders", fields=((b"content-type", f"multipart/form-data; boundary={boundary}".encode()),)
    ), content
