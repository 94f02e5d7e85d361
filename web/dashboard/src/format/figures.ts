// SPDX-License-Identifier: Apache-2.0
/** Figures as people read them. Every function takes the language tag, none keeps state. */

/** A count with the language's grouping: 12,430. */
export function count(value: number, language: string): string {
  return new Intl.NumberFormat(language).format(value);
}

/** A fraction as per cent: two decimals below 10 %, one above; a rate that is not zero never reads as zero. */
export function percent(rate: number, language: string): string {
  const smallest = 0.0001;
  if (rate > 0 && rate < smallest) return `<${percent(smallest, language)}`;
  if (rate < 1 && rate > 0.999) return percentWith(floorTo(rate, 4), 2, language); // 99.996 % is not 100 %
  return percentWith(rate, rate < 0.1 ? 2 : 1, language);
}

function percentWith(rate: number, digits: number, language: string): string {
  return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: digits }).format(rate);
}

function floorTo(value: number, digits: number): number {
  const scale = 10 ** digits;
  return Math.floor(value * scale) / scale;
}

/** Milliseconds in the units that read best: 380 ms, 1.24 s, 2 min 5 s, 3 h. The symbols are the same everywhere. */
export function duration(ms: number, language: string): string {
  if (ms < 999.5) return measure(ms, "ms", ms < 9.95 ? 1 : 0, language);
  if (ms < 59_995) return measure(ms / 1_000, "s", 2, language);
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return inTwo(seconds, 60, ["min", "s"], language);
  return inTwo(Math.round(seconds / 60), 60, ["h", "min"], language);
}

/** A whole and its rest, which is left out when there is none. */
function inTwo(value: number, size: number, [whole, part]: readonly [string, string], language: string): string {
  const rest = value % size;
  const larger = measure(Math.floor(value / size), whole, 0, language);
  return rest === 0 ? larger : `${larger} ${measure(rest, part, 0, language)}`;
}

function measure(value: number, symbol: string, digits: number, language: string): string {
  const figure = new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);
  return `${figure}\u00a0${symbol}`;
}

const AGES: readonly (readonly [limitSeconds: number, unitSeconds: number, unit: Intl.RelativeTimeFormatUnit])[] = [
  [90, 1, "second"],
  [90 * 60, 60, "minute"],
  [36 * 3_600, 3_600, "hour"],
  [Number.POSITIVE_INFINITY, 86_400, "day"],
];

/** How long ago: 4s ago, 12m ago. A moment in the future (a clock that runs ahead) reads as now. */
export function age(ms: number, language: string): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const [, unitSeconds, name] = AGES.find(([limit]) => seconds < limit) ?? AGES[AGES.length - 1]!;
  const format = new Intl.RelativeTimeFormat(language, { style: "narrow", numeric: "always" });
  return format.format(-Math.floor(seconds / unitSeconds), name);
}

/** The time of day, to the second. */
export function clockTime(epochMs: number, language: string): string {
  return new Intl.DateTimeFormat(language, { timeStyle: "medium" }).format(epochMs);
}

/** Day and time, to the second. */
export function dayTime(epochMs: number, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" }).format(epochMs);
}

/** The first characters of an id, enough to tell two apart on a screen. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}
