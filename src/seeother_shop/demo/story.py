# SPDX-License-Identifier: Apache-2.0
"""A run that tells a story: what is normal, what breaks, and how it comes right again."""

from dataclasses import dataclass

__all__ = ["STORY", "STORY_FAULTS", "STORY_SECONDS", "Chapter"]


@dataclass(frozen=True, slots=True)
class Chapter:
    """What is told at a moment of the run, in seconds after the shop opened."""

    at: float
    text: str


STORY_SECONDS = 64.0
STORY_FAULTS = ("inventory-504@14-26", "payment-lost@38-48")
STORY = (
    Chapter(
        0,
        "The shop is open. People look around, buy, leave, click twice, go back and send forms again; each order is"
        " made once, and each is paid once.",
    ),
    Chapter(
        14,
        "The inventory now takes the stock and then answers 504. Nobody knows what it did, so the first orders are kept"
        " and wait (303); then the breaker opens, and whoever orders is told at once that nothing was ordered (503):"
        " see failed at submit_order.",
    ),
    Chapter(
        26,
        "The inventory answers again. The breaker tries it, closes by itself, and the orders that waited go on under"
        " the same keys: none is lost, none is made twice.",
    ),
    Chapter(
        38,
        "The provider now charges the card and hangs up before it answers. Nobody knows how it ended: payment_return"
        " fails, nobody is charged twice, no order is lost.",
    ),
    Chapter(48, "The provider's webhooks come through and settle what was unknown: charges equal paid orders again."),
    Chapter(58, "Closing time soon. The last visitors go on to the till."),
)
