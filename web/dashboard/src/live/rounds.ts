// SPDX-License-Identifier: Apache-2.0
import { restMs } from "./pace.ts";

/** A round of questions; it must not reject. */
export type Round = (signal: AbortSignal) => Promise<void>;

/** Rounds that follow one another, never two at a time. */
export interface Rounds {
  /** Something changed: a round as soon as the rest allows. */
  soon: () => void;
  /** The person asked for something else: drop the running round and start anew. */
  restart: () => void;
  stop: () => void;
}

/** Run rounds for ever, `wait()` milliseconds apart unless called sooner. */
export function keepAsking(round: Round, wait: () => number): Rounds {
  let running: AbortController | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let restedAt = 0; // epoch ms before which `soon` does not start a round
  let wanted = false;

  function schedule(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => void run(), ms);
  }

  async function run(): Promise<void> {
    const mine = new AbortController();
    running = mine;
    wanted = false;
    const began = Date.now();
    await round(mine.signal);
    if (running !== mine) return; // a later round has taken over
    running = null;
    const now = Date.now();
    restedAt = now + restMs(now - began);
    schedule(wanted ? restedAt - now : wait());
  }

  function soon(): void {
    if (running !== null) wanted = true;
    else schedule(Math.max(0, restedAt - Date.now()));
  }

  function restart(): void {
    running?.abort();
    clearTimeout(timer);
    void run();
  }

  function stop(): void {
    running?.abort();
    running = null;
    clearTimeout(timer);
  }

  restart();
  return { soon, restart, stop };
}
