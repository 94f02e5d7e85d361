// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { worstOf } from "../../src/reading/clients.ts";
import type { DimensionValue } from "../../src/watch/shapes.ts";

function value(dimension: string, name: string, attempts: number, failed: number): DimensionValue {
  return { dimension, value: name, attempts, failed, failed_rate: failed / attempts };
}

test("the values that fail most often come first, and those that never failed are left out", () => {
  const values = [value("os", "Android", 400, 4), value("os", "iOS", 100, 20), value("os", "Linux", 10, 0)];

  assert.deepEqual(
    worstOf(values).map((each) => each.value),
    ["iOS", "Android"],
  );
});

test("a property that is the same for everybody tells nothing", () => {
  assert.deepEqual(worstOf([value("region", "eu-1", 500, 50)]), []);
});
