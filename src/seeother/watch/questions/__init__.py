# SPDX-License-Identifier: Apache-2.0
"""Questions about journeys, each a file of SQL, and who asks them.

Rules of this room: a question reads only the warehouse's narrow tables; parameters are bound by the engine; the head of
each file documents every parameter and column with its unit.
"""

from .asker import Asker, Row
from .catalogue import (
    BROKEN,
    CATALOGUE,
    DIMENSIONS,
    EXCHANGES,
    FINDINGS,
    FUNNEL,
    HEATMAP,
    JOURNEYS,
    LOST,
    MATRIX,
    NEWEST,
    RECOUNTED,
    ROUTES,
    RULES,
    SECONDS,
    SUBMITS,
    TIMELINE,
    TOTALS,
    UNREAD,
    UNREPAIRED,
    UPTIME,
    VISITS,
    VOLUME,
    WHEREABOUTS,
)
from .measures import Measures, by_step
from .question import Question
from .slots import Slot, grain_of, slots
from .windows import windows

__all__ = [
    "BROKEN",
    "CATALOGUE",
    "DIMENSIONS",
    "EXCHANGES",
    "FINDINGS",
    "FUNNEL",
    "HEATMAP",
    "JOURNEYS",
    "LOST",
    "MATRIX",
    "NEWEST",
    "RECOUNTED",
    "ROUTES",
    "RULES",
    "SECONDS",
    "SUBMITS",
    "TIMELINE",
    "TOTALS",
    "UNREAD",
    "UNREPAIRED",
    "UPTIME",
    "VISITS",
    "VOLUME",
    "WHEREABOUTS",
    "Asker",
    "Measures",
    "Question",
    "Row",
    "Slot",
    "by_step",
    "grain_of",
    "slots",
    "windows",
]
