// SPDX-License-Identifier: Apache-2.0
/** When to ask watch again: the numbers, with unit and reason. */
const LIVE_MS = 15_000; // windows slide and idle journeys turn into abandoned ones without any new row
const POLL_MS = 3_000; // no stream: still within the 5 s in which a purchase must be seen
const HIDDEN_MS = 60_000; // nobody is looking
const LOST_MS = { first: 1_000, most: 15_000 };
export const WHOLE_MS = 2_000; // so often the reasons are asked for, however often the figures change
const REST_MS = { least: 250, most: 5_000 }; // a fraction of the 2 s in which a purchase is to be seen; what one will wait

/** What decides the wait for the next round. */
export interface Pulse {
  streaming: boolean;
  failures: number;
  hidden: boolean;
  /** Milliseconds until what the last round took over is to be asked for again; null: it took nothing. */
  owedMs: number | null;
}

/** Milliseconds until the next round when nothing calls for an earlier one. */
export function waitMs({ streaming, failures, hidden, owedMs }: Pulse): number {
  if (failures > 0) return Math.min(LOST_MS.first * 2 ** (failures - 1), LOST_MS.most);
  if (hidden) return HIDDEN_MS;
  if (owedMs !== null) return Math.max(0, owedMs);
  return streaming ? LIVE_MS : POLL_MS;
}

/** The rest after a round: as long as the round took, so that one page never asks more than half of the time. */
export function restMs(tookMs: number): number {
  return Math.min(Math.max(REST_MS.least, tookMs), REST_MS.most);
}
