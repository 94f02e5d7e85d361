// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { STARTS, failingOf } from "../../src/reading/seconds.ts";
import type { ClickStatus } from "../../src/watch/shapes.ts";

function came(status: number | null, failed: number, at: Record<number, number>, step: string | null = "pay"): ClickStatus {
  const seconds = Array.from({ length: 61 }, (_, second) => at[second] ?? 0);
  return { step, status, exchanges: seconds.reduce((sum, count) => sum + count, 0), failed, seconds };
}

test("every second falls into one column, the last holds the rest", () => {
  const everySecond = Object.fromEntries(Array.from({ length: 61 }, (_, second) => [second, 1]));

  const [row] = failingOf([came(502, 61, everySecond)]);

  assert.equal(row!.columns.length, STARTS.length);
  assert.deepEqual(row!.columns, [1, 1, 1, 2, 5, 10, 10, 30, 1]);
});

test("only what fails as a rule is shown, the most frequent first", () => {
  const statuses = [came(200, 0, { 0: 9 }), came(303, 2, { 0: 9 }), came(null, 1, { 60: 1 }, null), came(502, 2, { 2: 2 })];

  assert.deepEqual(
    failingOf(statuses).map(({ status }) => status),
    [502, null],
  );
});
