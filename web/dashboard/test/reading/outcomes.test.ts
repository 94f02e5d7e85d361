// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { sliOf, stretchesOf } from "../../src/reading/outcomes.ts";

const NONE = { journey: "checkout", steps: [], started: 0, success: 0, abandoned: 0, error: 0, timeout: 0, in_progress: 0 };

test("the SLI leaves abandonment out", () => {
  assert.equal(sliOf({ ...NONE, success: 6, error: 1, timeout: 1, abandoned: 500 }), 0.875);
});

test("without an ended journey there is no SLI, rather than a perfect one", () => {
  assert.equal(sliOf({ ...NONE, abandoned: 3, in_progress: 2 }), null);
});

test("the stretches of the outcome bar fill it side by side", () => {
  const stretches = stretchesOf({ ...NONE, success: 2, error: 1, in_progress: 1 });

  assert.deepEqual(
    stretches.map(({ outcome, start, share }) => [outcome, start, share]),
    [
      ["success", 0, 0.5],
      ["error", 0.5, 0.25],
      ["in_progress", 0.75, 0.25],
    ],
  );
  assert.deepEqual(stretchesOf(NONE), []);
});
