# SPDX-License-Identifier: Apache-2.0
"""Mistakes that shops make, each switched on by its name, so that one can see what they do and who finds them."""

from .catalogue import VARIANTS, Variant
from .choice import parse_naive

__all__ = ["VARIANTS", "Variant", "parse_naive"]
