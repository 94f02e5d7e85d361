# SPDX-License-Identifier: Apache-2.0
"""All repairs of answers, by the code of the rule that asks for them, in the order in which they are made.

First where a redirect leads and whether it is one at all, for the note with the link comes after that.
"""

from collections.abc import Mapping
from types import MappingProxyType

from . import caching, contents, cookies, redirects, retries
from .answer_in_hand import Repairer

# Made in the gate where an action is declared, and left where `leave` says so.
BY_DECLARATION = frozenset({"FRM002", "JNY006"})

REPAIRS: Mapping[str, Repairer] = MappingProxyType(
    {
        # where it leads
        "RED005": redirects.one_location,
        "PRX003": redirects.relative_to_site,
        "PRX004": redirects.relative_to_origin,
        "PRX005": redirects.mounted,
        "SEC001": contents.refused,
        "SEC002": contents.refused,
        # what it is
        "JNY008": contents.unauthorized,
        "RED001": redirects.see_other_after_action,
        "RED002": redirects.see_other_without_content,
        "RED003": redirects.see_other_without_content,
        # what it shows
        "ERR002": contents.stated_error,
        "ERR003": contents.consistent_problem,
        "FBK002": contents.shown_error,
        "RED009": contents.with_link,
        # how long it holds, and what goes along
        "RTY001": retries.told_when,
        "RTY002": retries.told_in_seconds,
        "RTY003": retries.brought_back,
        "RTY004": retries.left_alone,
        "CAC001": caching.unstored,
        "CAC002": caching.unshared,
        "CAC003": caching.unstored,
        "CAC005": caching.unstored,
        "CAC007": caching.said_in_cache_control,
        "FBK004": caching.unstored,
        "RTY006": caching.unstored,
        "JNY002": cookies.lax_session,
    }
)
