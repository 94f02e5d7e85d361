// SPDX-License-Identifier: Apache-2.0
import type { ClickStatus } from "../watch/shapes.ts";

/** Where the columns begin, in whole seconds; the article's 3 s are a border. The last has no end. */
export const STARTS = [0, 1, 2, 3, 5, 10, 20, 30, 60] as const;

/** One status of one step: its exchanges by column. */
export interface ClickRow {
  key: string;
  step: string | null;
  status: number | null;
  exchanges: number;
  columns: readonly number[];
}

/** The statuses that are failures as a rule, the most frequent first; their seconds are those of all exchanges. */
export function failingOf(statuses: readonly ClickStatus[]): ClickRow[] {
  return statuses
    .filter(({ exchanges, failed }) => 2 * failed > exchanges)
    .map(({ step, status, exchanges, seconds }) => ({
      key: `${step ?? ""} ${status ?? 0}`,
      step,
      status,
      exchanges,
      columns: STARTS.map((start, index) => sum(seconds.slice(start, STARTS[index + 1]))),
    }))
    .sort((one, other) => other.exchanges - one.exchanges || (one.key < other.key ? -1 : 1));
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
