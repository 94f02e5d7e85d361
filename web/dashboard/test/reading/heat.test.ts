// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { heatOf, isPartial } from "../../src/reading/heat.ts";

test("no data and zero have no tint, the smallest error has one", () => {
  const heats = [null, 0, 0.0001, 0.01, 0.05, 0.2, 1].map(heatOf);

  assert.deepEqual(heats, [0, 0, 1, 2, 3, 4, 4]);
});

test("browser figures are partial below 80 % of the views, and not where coverage is unknown", () => {
  assert.deepEqual([0.799, 0.8, null].map(isPartial), [true, false, false]);
});
