// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { isOngoing, verdictOf } from "../../src/reading/verdict.ts";
import type { BrokenAttempt, MatrixStep } from "../../src/watch/shapes.ts";

function row(step: string, attempts: number, failed = 0, broken = 0): MatrixStep {
  return {
    step,
    attempts,
    failed,
    broken,
    http_error_rate: null,
    js_error_rate: null,
    abandonment_rate: null,
    error_caused_rate: null,
    first_screen_ms: { mean: null, p75: null },
    coverage: null,
    provisional: [],
  };
}

function broke(step: string, status: number | null, time: string): BrokenAttempt {
  return { time, journey: "checkout", journey_id: "0a", step, status, service: "storefront", trace_id: "0b" };
}

test("no attempt at any step is no data, not soundness", () => {
  assert.deepEqual(verdictOf([row("cart", 0), row("pay", 0)], []), { kind: "no-data" });
});

test("failed attempts that were made good leave the journey sound", () => {
  assert.deepEqual(verdictOf([row("cart", 9, 2), row("pay", 7, 1)], []), { kind: "sound", failed: 3 });
});

test("the step with the most broken attempts is named, with its status codes by frequency", () => {
  const steps = [row("cart", 90, 3, 3), row("pay", 60, 9, 8), row("confirm", 50, 3, 3)];
  const broken = [
    broke("pay", 504, "2026-10-01T10:00:01Z"),
    broke("pay", 503, "2026-10-01T10:00:09Z"),
    broke("cart", 500, "2026-10-01T10:00:10Z"),
    broke("pay", 503, "2026-10-01T10:00:03Z"),
  ];

  const verdict = verdictOf(steps, broken);

  assert.equal(verdict.kind, "broken");
  assert.equal(verdict.step.step, "pay");
  assert.deepEqual(verdict.statuses, [
    { status: 503, count: 2 },
    { status: 504, count: 1 },
  ]);
  assert.equal(verdict.latest, "2026-10-01T10:00:09Z");
  assert.deepEqual(
    verdict.others.map(({ step }) => step),
    ["confirm", "cart"], // as many broken, of fewer attempts
  );
});

test("a step is still breaking for two minutes after its latest broken attempt", () => {
  const latest = "2026-10-01T10:00:00Z";

  assert.equal(isOngoing(latest, Date.parse("2026-10-01T10:01:59Z")), true);
  assert.equal(isOngoing(latest, Date.parse("2026-10-01T10:02:00Z")), false);
  assert.equal(isOngoing(null, 0), false);
});
