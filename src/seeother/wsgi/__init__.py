# SPDX-License-Identifier: Apache-2.0
"""The guard for WSGI applications.

Rules of this room: thin; it turns WSGI calls into values, drives flows, and decides nothing itself.
"""

from .control import ResponseControl, response_control

__all__ = ["ResponseControl", "response_control"]
