// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAddress, parseAddress } from "../src/address.ts";

test("what is written into the address is read back", () => {
  const addresses = [
    { range: "15m", journey: null, timeline: null },
    { range: "24h", journey: "a&b=c ü", timeline: "0a0b" },
  ] as const;

  for (const address of addresses) assert.deepEqual(parseAddress(formatAddress(address)), address);
});

test("an unknown range falls back to the default, names of object members too", () => {
  assert.equal(parseAddress("?range=1y").range, "15m");
  assert.equal(parseAddress("?range=toString").range, "15m");
});
