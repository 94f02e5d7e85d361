// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { rowsOf, slotsOf } from "../../src/reading/rows.ts";
import type { HeatCell, Heatmap } from "../../src/watch/shapes.ts";

function cell(minute: number, route: string, status: number, exchanges: number, failed = 0): HeatCell {
  const time = new Date(Date.UTC(2027, 0, 15, 8, minute)).toISOString();
  return { time, method: "POST", route, status, exchanges, failed };
}

const heatmap: Heatmap = {
  journey: "checkout",
  from: "2027-01-15T08:00:00Z",
  to: "2027-01-15T08:05:00Z",
  slot_ms: 120_000,
  cells: [cell(0, "/cart", 303, 5), cell(2, "/orders", 503, 2, 2), cell(0, "/orders", 303, 9), cell(4, "/orders", 503, 1, 1)],
};

test("slots cover the period, the last one in part", () => {
  assert.deepEqual(
    slotsOf(heatmap).map((slot) => new Date(slot).toISOString().slice(11, 16)),
    ["08:00", "08:02", "08:04"],
  );
});

test("routes with failures come first, and each cell stands in its slot", () => {
  const rows = rowsOf(heatmap);

  assert.deepEqual(
    rows.map((row) => [row.route, row.status, row.exchanges, row.failed]),
    [
      ["/orders", 303, 9, 0],
      ["/orders", 503, 3, 3],
      ["/cart", 303, 5, 0],
    ],
  );
  assert.deepEqual(rows[1]?.cells.map((each) => each?.exchanges ?? null), [null, 2, 1]);
});
