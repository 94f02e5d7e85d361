// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { age, count, duration, percent } from "../../src/format/figures.ts";

test("a rate that is not zero never reads as zero, and one that is not whole never as 100 %", () => {
  assert.equal(percent(0, "en"), "0%");
  assert.equal(percent(0.00001, "en"), "<0.01%");
  assert.equal(percent(0.0001, "en"), "0.01%");
  assert.equal(percent(0.99996, "en"), "99.99%");
  assert.equal(percent(1, "en"), "100%");
});

test("rates read as in the article's matrix", () => {
  const read = [0.0012, 0.0186, 0.237, 0.331].map((rate) => percent(rate, "en"));

  assert.deepEqual(read, ["0.12%", "1.86%", "23.7%", "33.1%"]);
});

test("a duration is in the unit that reads best, and never in 60 seconds or 1,000 milliseconds", () => {
  const read = [0.04, 9.94, 9.96, 380.4, 999.6, 1_240, 59_996, 125_400, 43_200_000, 7_529_000].map((ms) => duration(ms, "en"));

  const spaced = read.map((text) => text.replaceAll("\u00a0", " "));
  const expected = ["0 ms", "9.9 ms", "10 ms", "380 ms", "1 s", "1.24 s", "1 min", "2 min 5 s", "12 h", "2 h 5 min"];
  assert.deepEqual(spaced, expected);
});

test("an age counts down to its unit, and a moment in the future is now", () => {
  const read = [-5_000, 4_900, 89_000, 91_000, 3 * 3_600_000, 50 * 3_600_000].map((ms) => age(ms, "en"));

  assert.deepEqual(read, ["0s ago", "4s ago", "89s ago", "1m ago", "3h ago", "2d ago"]);
  assert.equal(age(4_000, "zh-CN"), "4秒前");
});

test("counts are grouped", () => {
  assert.equal(count(12_430, "en"), "12,430");
});
