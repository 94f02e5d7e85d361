// SPDX-License-Identifier: Apache-2.0
/** How strongly a cell is tinted: 0 is none, 4 the strongest. Bounds are lower bounds, as fractions. */
export type Heat = 0 | 1 | 2 | 3 | 4;

// 1 % is where an SLO of 99 % is spent, 5 % is what a person notices, 20 % is an outage for those who meet it.
const BOUNDS: readonly (readonly [from: number, heat: Heat])[] = [
  [0.2, 4],
  [0.05, 3],
  [0.01, 2],
  [Number.MIN_VALUE, 1],
];

/** The tint for a rate of errors; none for no data. */
export function heatOf(rate: number | null): Heat {
  if (rate === null) return 0;
  return BOUNDS.find(([from]) => rate >= from)?.[1] ?? 0;
}

/** The tint for so many failures where the worst cell has `most`: few are never the deepest red. */
export function depthOf(failed: number, most: number): Heat {
  return Math.ceil((4 * failed) / Math.max(most, 4)) as Heat;
}

const ENOUGH_COVERAGE = 0.8; // below it, browser figures speak for too few of the views

/** Whether the browser's figures of a step cover only a part of its views. */
export function isPartial(coverage: number | null): boolean {
  return coverage !== null && coverage < ENOUGH_COVERAGE;
}
