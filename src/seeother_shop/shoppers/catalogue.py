# SPDX-License-Identifier: Apache-2.0
"""The kinds of shopper in the crowd, and what they say about themselves.

The shares are ours, chosen so that a short run with few shoppers shows each habit; they are no survey of real shops.
Real think times are tens of seconds: a demo that waited as long would show nothing for a minute.
"""

from .plan import Kind

__all__ = ["CARDS", "KINDS", "NAMES", "USER_AGENTS"]

KINDS = (
    Kind("decided", weight=30, pause_seconds=0.35),
    Kind("window-shopper", weight=12, pause_seconds=0.6, looks=3, leaves=0.85),
    Kind("hesitant", weight=14, pause_seconds=0.9, looks=2, leaves=0.4, goes_back=0.3),
    Kind("double-clicker", weight=12, pause_seconds=0.3, clicks_twice=1.0),
    Kind("refresher", weight=10, pause_seconds=0.4, refreshes=1.0, patience=4),
    Kind("back-presser", weight=8, pause_seconds=0.5, goes_back=1.0, refreshes=0.3),
    Kind("careless", weight=8, pause_seconds=0.4, mistypes=1.0, clicks_twice=0.2),
    Kind("short-of-money", weight=6, pause_seconds=0.5, declined=1.0, leaves=0.2),
)

# Test cards of the provider; the number alone decides.
CARDS = {"good": "4242 4242 4242 4242", "declined": "4000 0000 0000 0002"}

USER_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
)

NAMES = ("Ada Young", "Ben Okafor", "Chiara Russo", "Dmitri Lund", "Emre Kaya", "Fatou Diop", "Grace Hill", "Hana Sato")
