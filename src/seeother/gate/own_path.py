# SPDX-License-Identifier: Apache-2.0
"""Where the guard's own pages are: below one path of the application, wherever a proxy mounts it.

Rule of this file: a proxy may take the prefix of the public address off the path, or leave it there; either way people
are sent to the address with the prefix, and what comes back is known with and without it.
"""

from seeother.message import Request

OWN_PATH = "/.seeother/"


def is_own(path: str, prefix: str) -> bool:
    """Whether a path is below that of the guard's own pages."""
    return path.startswith(OWN_PATH) or (prefix != "" and path.startswith(prefix + OWN_PATH))


def below(request: Request, prefix: str) -> Request:
    """The request with the path that it has below the prefix."""
    if not prefix or not request.path.startswith(prefix + "/"):
        return request
    return request._replace(path=request.path.removeprefix(prefix))
