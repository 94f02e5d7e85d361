# SPDX-License-Identifier: Apache-2.0
"""The faults there are, written out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to go wrong: its name on the command line, where it happens, and what a person sees of it."""

    name: str
    room: str
    happens: str
    shows: str


FAULTS = (
    Kind(
        "inventory-504",
        "inventory",
        "the inventory takes the stock, and then its answer is 504 Gateway Timeout",
        "orders wait on a page that looks again; soon submit_order fails at once with 503: nothing was ordered",
    ),
    Kind(
        "payment-lost",
        "payments",
        "the provider charges the card, and then the connection is cut without an answer; its webhooks wait",
        "payment_return fails with 504: unknown until the webhook tells, or until asking again is answered",
    ),
)
