// SPDX-License-Identifier: Apache-2.0
/** When to ask watch again: the numbers, with unit and reason. */
const LIVE_MS = 15_000; // windows slide and idle journeys turn into abandoned ones without any new row
const POLL_MS = 3_000; // no stream: still within the 5 s in which a purchase must be seen
const HIDDEN_MS = 60_000; // nobody is looking
const LOST_MS = { first: 1_000, most: 15_000 };
const REST_MS = 1_000; // never more than one round a second
const REST_SHARE = 4; // and at least four times as long a rest as the last round took

/** What decides the wait for the next round. */
export interface Pulse {
  streaming: boolean;
  failures: number;
  hidden: boolean;
}

/** Milliseconds until the next round when nothing calls for an earlier one. */
export function waitMs({ streaming, failures, hidden }: Pulse): number {
  if (failures > 0) return Math.min(LOST_MS.first * 2 ** (failures - 1), LOST_MS.most);
  if (hidden) return HIDDEN_MS;
  return streaming ? LIVE_MS : POLL_MS;
}

/** The shortest rest after a round that took so long: a slow store is not made slower. */
export function restMs(tookMs: number): number {
  return Math.max(REST_MS, tookMs * REST_SHARE);
}
