# SPDX-License-Identifier: Apache-2.0
"""The tests; a package, because some distributions install a top-level `tests` of their own."""
