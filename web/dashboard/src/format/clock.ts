// SPDX-License-Identifier: Apache-2.0
/**
 * Watch's clock as seen from here. Ages and ranges are reckoned by it, so that a laptop whose clock is five minutes
 * slow neither misses the newest rows nor shows them as lying in the future.
 */
let skewMs = 0;

const NOISE_MS = 2_000; // the Date field counts whole seconds, and the answer took a while to come

/** Learn from an answer's Date field how far watch's clock is ahead of this one. */
export function learnSkew(date: string | null, here: number): void {
  const there = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(there)) return;
  const seen = there - here;
  skewMs = Math.abs(seen) <= NOISE_MS ? 0 : seen;
}

/** Watch's present time in epoch milliseconds. */
export function watchNow(): number {
  return Date.now() + skewMs;
}
