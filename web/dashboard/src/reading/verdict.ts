// SPDX-License-Identifier: Apache-2.0
import type { BrokenAttempt, MatrixStep } from "../watch/shapes.ts";

/** A status code (null: the answer was cut) and how many of the listed broken attempts ended with it. */
export interface StatusCount {
  status: number | null;
  count: number;
}

/** What the page says first. */
export type Verdict =
  | { kind: "no-data" }
  | { kind: "sound"; failed: number }
  | {
      kind: "broken";
      step: MatrixStep;
      statuses: StatusCount[];
      latest: string | null;
      others: MatrixStep[];
    };

/** The step with the most broken attempts (of equals, the one that breaks at the higher rate), and what it answered. */
export function verdictOf(steps: readonly MatrixStep[], broken: readonly BrokenAttempt[]): Verdict {
  if (steps.every((step) => step.attempts === 0)) return { kind: "no-data" };
  const [worst, ...others] = steps.filter((step) => step.broken > 0).sort(byBroken);
  if (worst === undefined) return { kind: "sound", failed: steps.reduce((sum, step) => sum + step.failed, 0) };
  const attempts = broken.filter((attempt) => attempt.step === worst.step);
  return {
    kind: "broken",
    step: worst,
    statuses: statusesOf(attempts),
    latest: attempts.map((attempt) => attempt.time).reduce(later, null),
    others,
  };
}

function byBroken(left: MatrixStep, right: MatrixStep): number {
  return right.broken - left.broken || right.broken / right.attempts - left.broken / left.attempts;
}

function later(left: string | null, right: string): string {
  return left === null || Date.parse(right) > Date.parse(left) ? right : left;
}

const ONGOING_MS = 120_000; // the 60 s in which an attempt may still be made good, and as long again for the next one

/** Whether the latest broken attempt is so near that the step must be taken as still breaking. */
export function isOngoing(latest: string | null, nowMs: number): boolean {
  return latest !== null && nowMs - Date.parse(latest) < ONGOING_MS;
}

/** Status codes by frequency, the most frequent first. */
export function statusesOf(attempts: readonly BrokenAttempt[]): StatusCount[] {
  const counts = new Map<number | null, number>();
  for (const { status } of attempts) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts]
    .map(([status, count]) => ({ status, count }))
    .sort((left, right) => right.count - left.count || (left.status ?? 0) - (right.status ?? 0));
}
