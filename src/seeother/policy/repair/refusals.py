# SPDX-License-Identifier: Apache-2.0
"""Which redirect targets nobody is sent to."""

import re

from seeother.message import ReferenceKind, Request, is_same_origin, kind_of

_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")  # browsers strip these from both ends
_REFUSED = frozenset({ReferenceKind.NETWORK, ReferenceKind.OTHER, ReferenceKind.BROKEN})


def is_refused_target(request: Request, reference: bytes) -> bool:
    """Whether a redirect's target leads off the site without saying so, leaves HTTP, or is no address at all.

    A network-path reference to the request's own origin is odd and harmless.
    """
    kind = kind_of(reference)
    return kind in _REFUSED and not (kind is ReferenceKind.NETWORK and is_same_origin(request, reference))


def is_harmless(request: Request, reference: bytes) -> bool:
    """Whether a target is a plain path of the origin that the request was sent to, without a byte that is dropped."""
    if _CONTROL.search(reference):
        return False
    return kind_of(reference) in {ReferenceKind.PATH, ReferenceKind.RELATIVE} and is_same_origin(request, reference)
