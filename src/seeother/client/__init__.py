# SPDX-License-Identifier: Apache-2.0
"""Calls that our services make: one file a client library, imported by its path (`seeother.client.httpx2`)."""

__all__: list[str] = []
