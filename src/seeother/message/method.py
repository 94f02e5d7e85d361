# SPDX-License-Identifier: Apache-2.0
"""What the methods of a request promise (RFC 9110 section 9.2); a method that nobody knows promises nothing."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})  # section 9.2.1
IDEMPOTENT_METHODS = SAFE_METHODS | {"PUT", "DELETE"}  # section 9.2.2
