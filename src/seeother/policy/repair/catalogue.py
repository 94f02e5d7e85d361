# SPDX-License-Identifier: Apache-2.0
"""All repairs of answers, by the code of the rule that asks for them."""

from collections.abc import Mapping
from types import MappingProxyType

from . import redirects
from .answer_in_hand import Repairer

REPAIRS: Mapping[str, Repairer] = MappingProxyType({
    "RED001": redirects.see_other_after_action,
})  # fmt: skip
