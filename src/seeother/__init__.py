# SPDX-License-Identifier: Apache-2.0
"""SeeOther keeps multi-step web flows from breaking and names the cause when one breaks."""

__all__ = ["__version__"]

__version__ = "0.1.0"
