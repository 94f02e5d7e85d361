# SPDX-License-Identifier: Apache-2.0
"""The versions of the storefront's tables, oldest first."""
