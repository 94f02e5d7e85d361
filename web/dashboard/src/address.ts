// SPDX-License-Identifier: Apache-2.0
/** What the page shows, as it stands in the page's own address: it can be sent to a colleague. */

export const RANGES = { "15m": 15 * 60_000, "1h": 3_600_000, "24h": 24 * 3_600_000, "7d": 7 * 86_400_000 } as const;

export type Range = keyof typeof RANGES;

export interface Address {
  range: Range;
  journey: string | null;
  timeline: string | null;
}

const DEFAULT_RANGE: Range = "15m";

/** Read an address; whatever is unknown falls back to the default. */
export function parseAddress(search: string): Address {
  const query = new URLSearchParams(search);
  const range = query.get("range") ?? "";
  return {
    range: Object.hasOwn(RANGES, range) ? (range as Range) : DEFAULT_RANGE,
    journey: query.get("journey"),
    timeline: query.get("timeline"),
  };
}

/** Write an address, defaults left out; always a relative reference that starts with "?". */
export function formatAddress({ range, journey, timeline }: Address): string {
  const query = new URLSearchParams();
  if (journey !== null) query.set("journey", journey);
  if (range !== DEFAULT_RANGE) query.set("range", range);
  if (timeline !== null) query.set("timeline", timeline);
  return `?${query.toString()}`;
}
