// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { depthOf, heatOf, isPartial } from "../../src/reading/heat.ts";

test("no data and zero have no tint, the smallest error has one", () => {
  const heats = [null, 0, 0.0001, 0.01, 0.05, 0.2, 1].map(heatOf);

  assert.deepEqual(heats, [0, 0, 1, 2, 3, 4, 4]);
});

test("browser figures are partial below 80 % of the views, and not where coverage is unknown", () => {
  assert.deepEqual([0.799, 0.8, null].map(isPartial), [true, false, false]);
});

test("the cell with most failures is the deepest, a single one is not", () => {
  assert.deepEqual([0, 1, 50, 51, 100].map((failed) => depthOf(failed, 100)), [0, 1, 2, 3, 4]);
  assert.deepEqual([1, 2].map((failed) => depthOf(failed, 2)), [1, 2]);
});
