# SPDX-License-Identifier: Apache-2.0
"""All questions that can be asked."""

from .question import Question

BROKEN = Question("broken")
DIMENSIONS = Question("dimensions")
EXCHANGES = Question("exchanges")
FINDINGS = Question("findings")
FUNNEL = Question("funnel")
HEATMAP = Question("heatmap")
JOURNEYS = Question("journeys")
LOST = Question("lost")
MATRIX = Question("matrix")
NEWEST = Question("newest")
RECOUNTED = Question("recounted")
ROUTES = Question("routes")
RULES = Question("rules")
SECONDS = Question("seconds")
SUBMITS = Question("submits")
TIMELINE = Question("timeline")
TOTALS = Question("totals")
UNREAD = Question("unread")
UNREPAIRED = Question("unrepaired")
UPTIME = Question("uptime")
VISITS = Question("visits")
VOLUME = Question("volume")
WHEREABOUTS = Question("whereabouts")

CATALOGUE = (
    *(BROKEN, DIMENSIONS, EXCHANGES, FINDINGS, FUNNEL, HEATMAP, JOURNEYS, LOST, MATRIX, RULES, SECONDS, SUBMITS),
    *(NEWEST, TIMELINE, TOTALS, UNREAD, UNREPAIRED, UPTIME, VOLUME, WHEREABOUTS),
    *(RECOUNTED, ROUTES, VISITS),
)
