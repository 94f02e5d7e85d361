// SPDX-License-Identifier: Apache-2.0
import type { JourneySummary } from "../watch/shapes.ts";

/** The outcomes of a journey in the order they are drawn; DESIGN's words. */
export const OUTCOMES = ["success", "abandoned", "error", "timeout", "in_progress"] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** One stretch of the outcome bar, in fractions of its length. */
export interface Stretch {
  outcome: Outcome;
  count: number;
  start: number;
  share: number;
}

/** SLI = 1 - error / (success + error + timeout). Abandonment never counts against it; no traffic is no data. */
export function sliOf(journey: JourneySummary): number | null {
  const counted = journey.success + journey.error + journey.timeout;
  return counted === 0 ? null : 1 - journey.error / counted;
}

/** The outcome bar: stretches side by side that fill it, whatever `started` says; empty ones left out. */
export function stretchesOf(journey: JourneySummary): Stretch[] {
  const total = OUTCOMES.reduce((sum, outcome) => sum + journey[outcome], 0);
  const stretches: Stretch[] = [];
  let start = 0;
  for (const outcome of OUTCOMES) {
    const count = journey[outcome];
    if (count === 0) continue;
    const share = count / total;
    stretches.push({ outcome, count, start, share });
    start += share;
  }
  return stretches;
}
