// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { restMs, waitMs } from "../../src/live/pace.ts";
import { keepAsking } from "../../src/live/rounds.ts";

/** A round that the test ends, and the signals of all rounds so far. */
function controlled(): { round: (signal: AbortSignal) => Promise<void>; signals: AbortSignal[]; end: () => Promise<void> } {
  const signals: AbortSignal[] = [];
  let finish = (): void => undefined;
  return {
    signals,
    round: (signal) => {
      signals.push(signal);
      return new Promise((resolve) => {
        finish = resolve;
      });
    },
    end: async () => {
      finish();
      await Promise.resolve();
      await Promise.resolve();
    },
  };
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
});

test("changes during a round make one more round, after its rest", async () => {
  const { round, signals, end } = controlled();
  const rounds = keepAsking(round, () => 15_000);

  rounds.soon();
  rounds.soon();
  mock.timers.tick(3_000);
  assert.equal(signals.length, 1);
  await end(); // it took 3 s, so it rests as long
  mock.timers.tick(2_999);
  assert.equal(signals.length, 1);
  mock.timers.tick(1);

  assert.equal(signals.length, 2);
});

test("without a change the next round comes when the wait is over", async () => {
  const { round, signals, end } = controlled();
  keepAsking(round, () => 15_000);

  await end();
  mock.timers.tick(14_999);
  assert.equal(signals.length, 1);
  mock.timers.tick(1);

  assert.equal(signals.length, 2);
});

test("a change after a rest starts a round at once", async () => {
  const { round, signals, end } = controlled();
  const rounds = keepAsking(round, () => 15_000);

  await end();
  mock.timers.tick(1_000);
  rounds.soon();
  mock.timers.tick(0);

  assert.equal(signals.length, 2);
});

test("a restart drops the running round and starts anew without a rest", async () => {
  const { round, signals } = controlled();
  const rounds = keepAsking(round, () => 15_000);

  rounds.restart();

  assert.deepEqual(
    signals.map((signal) => signal.aborted),
    [true, false],
  );
});

test("after a stop no round follows", async () => {
  const { round, signals, end } = controlled();
  const rounds = keepAsking(round, () => 15_000);

  rounds.stop();
  await end();
  mock.timers.tick(100_000);

  assert.equal(signals.length, 1);
});

test("the wait doubles while watch is lost, and is shorter without a stream", () => {
  const lost = [1, 2, 3, 4, 5, 60].map((failures) => waitMs({ streaming: false, failures, hidden: true, owedMs: null }));

  assert.deepEqual(lost, [1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  assert.equal(waitMs({ streaming: false, failures: 0, hidden: false, owedMs: null }), 3_000);
  assert.equal(waitMs({ streaming: true, failures: 0, hidden: false, owedMs: null }), 15_000);
  assert.equal(waitMs({ streaming: true, failures: 0, hidden: false, owedMs: 700 }), 700);
  assert.equal(waitMs({ streaming: true, failures: 0, hidden: false, owedMs: -5 }), 0);
});

test("a round rests as long as it took, between a quarter of a second and five", () => {
  assert.deepEqual([20, 2_000, 9_000].map(restMs), [250, 2_000, 5_000]);
});
