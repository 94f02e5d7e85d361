# SPDX-License-Identifier: Apache-2.0
"""All questions that can be asked."""

from .question import Question

BROKEN = Question("broken")
FINDINGS = Question("findings")
JOURNEYS = Question("journeys")
MATRIX = Question("matrix")
TIMELINE = Question("timeline")
TOTALS = Question("totals")
VOLUME = Question("volume")

CATALOGUE = (BROKEN, FINDINGS, JOURNEYS, MATRIX, TIMELINE, TOTALS, VOLUME)
