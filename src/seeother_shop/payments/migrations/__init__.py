# SPDX-License-Identifier: Apache-2.0
"""The versions of the provider's tables, oldest first."""
