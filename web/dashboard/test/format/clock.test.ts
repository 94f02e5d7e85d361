// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { learnSkew, watchNow } from "../../src/format/clock.ts";

const HOUR_MS = 3_600_000;

test("the page reckons by watch's clock where the two differ, and by its own where they do not", () => {
  learnSkew(new Date(Date.now() + HOUR_MS).toUTCString(), Date.now());
  const ahead = watchNow() - Date.now();
  learnSkew("not a date", Date.now());
  const unheard = watchNow() - Date.now();
  learnSkew(new Date().toUTCString(), Date.now());
  const same = watchNow() - Date.now();

  assert.ok(Math.abs(ahead - HOUR_MS) < 2_000);
  assert.ok(Math.abs(unheard - ahead) < 1_000);
  assert.ok(Math.abs(same) < 1_000);
});
