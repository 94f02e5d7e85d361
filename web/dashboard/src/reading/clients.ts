// SPDX-License-Identifier: Apache-2.0
import type { DimensionValue } from "../watch/shapes.ts";

const SHOWN = 12;

/** The values that met failures, the highest rate first; those that say the same of everybody are left out. */
export function worstOf(values: readonly DimensionValue[]): DimensionValue[] {
  const told = new Map<string, number>();
  for (const { dimension } of values) told.set(dimension, (told.get(dimension) ?? 0) + 1);
  return values
    .filter(({ dimension, failed }) => failed > 0 && (told.get(dimension) ?? 0) > 1)
    .toSorted(
      (one, other) => (other.failed_rate ?? 0) - (one.failed_rate ?? 0) || other.failed - one.failed || (one.value < other.value ? -1 : 1),
    )
    .slice(0, SHOWN);
}
