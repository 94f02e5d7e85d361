# SPDX-License-Identifier: Apache-2.0
"""The versions of the inventory's tables, oldest first."""
