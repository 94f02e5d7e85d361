// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { groupFindings } from "../../src/reading/findings.ts";
import type { Finding } from "../../src/watch/shapes.ts";

const FOUND: Finding = {
  time: "2026-10-01T10:00:00Z",
  rule: "RED001",
  name: "post-answered-with-found",
  severity: "error",
  message: "",
  method: "POST",
  route: "/orders",
  status: 302,
  repaired: true,
  service: "storefront",
  journey: "checkout",
  journey_id: "0a",
  step: "submit_order",
  trace_id: "0b",
};

test("findings of one rule at one place are one group, and its newest speaks for it", () => {
  const groups = groupFindings([
    FOUND,
    { ...FOUND, time: "2026-10-01T10:00:07Z", journey_id: "0c" },
    { ...FOUND, time: "2026-10-01T10:00:05Z" },
  ]);

  assert.equal(groups.length, 1);
  assert.deepEqual(
    groups[0]?.occurrences.map(({ time }) => time.slice(-3)),
    ["07Z", "05Z", "00Z"],
  );
  assert.equal(groups[0]?.newest.journey_id, "0c");
});

test("what was not repaired comes first, then what weighs more, then what is newer", () => {
  const groups = groupFindings([
    { ...FOUND, route: "/a" },
    { ...FOUND, route: "/b", time: "2026-10-01T10:00:01Z" },
    { ...FOUND, route: "/c", repaired: false, severity: "advice" },
    { ...FOUND, route: "/d", repaired: false, severity: "warning" },
  ]);

  assert.deepEqual(
    groups.map(({ newest }) => newest.route),
    ["/d", "/c", "/b", "/a"],
  );
});
