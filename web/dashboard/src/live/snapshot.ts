// SPDX-License-Identifier: Apache-2.0
import { RANGES, type Range } from "../address.ts";
import { watchNow } from "../format/clock.ts";
import { ask } from "../watch/ask.ts";
import type {
  BrokenAttempt,
  Clicks,
  Finding,
  Funnel,
  Heatmap,
  Ingest,
  Journeys,
  JourneySummary,
  Matrix,
  RuleRow,
} from "../watch/shapes.ts";

const LISTED = 200; // findings and broken attempts to ask for; more would not be read

/** All that belongs to one round of questions: shown together, replaced together. */
export interface Snapshot {
  range: Range;
  journeys: JourneySummary[];
  journey: JourneySummary | null;
  matrix: Matrix | null;
  funnel: Funnel | null;
  clicks: Clicks | null;
  heatmap: Heatmap | null;
  rules: RuleRow[];
  findings: Finding[];
  broken: BrokenAttempt[];
  ingest: Ingest;
  /** Whether there may be more findings or broken attempts than are listed. */
  isCut: { findings: boolean; broken: boolean };
}

/** What a round may take over from the one before: it tells why, and is as good when it is some seconds old. */
type Reasons = Pick<Snapshot, "funnel" | "clicks" | "heatmap">;

const NONE: Reasons = { funnel: null, clicks: null, heatmap: null };

/** What to ask for, and what need not be asked again. */
export interface Wish {
  range: Range;
  journey: string | null;
  /** What was shown before: its journey is asked for before the journeys are known. */
  before: Snapshot | null;
  /** Whether the reasons are taken over from before, where that was about the same. */
  isQuick: boolean;
}

/** One round. The journeys say which one to ask for; the one that was shown before is asked for meanwhile. */
export async function takeSnapshot(wish: Wish, signal: AbortSignal): Promise<Snapshot> {
  const { range, journey: wanted, before, isQuick } = wish;
  const from = new Date(watchNow() - RANGES[range]).toISOString();
  const guess = wanted ?? before?.journey?.journey ?? null;
  const known = isQuick && before?.range === range && before.journey?.journey === guess ? before : null;
  const early = guess === null ? null : askJourney(guess, from, known, signal);
  early?.catch(() => undefined); // it may be gone; if it is not, the failure is met below
  const [{ journeys }, ingest, { rules }, { findings }] = await Promise.all([
    ask<Journeys>("journeys", { from }, signal),
    ask<Ingest>("ingest", {}, signal),
    known ?? ask<{ rules: RuleRow[] }>("findings/rules", { from }, signal),
    known ?? ask<{ findings: Finding[] }>("findings", { from, limit: `${LISTED}` }, signal),
  ]);
  const journey = journeys.find((each) => each.journey === wanted) ?? journeys[0] ?? null;
  const always = { range, journeys, journey, rules, findings, ingest };
  const isCut = { findings: findings.length >= LISTED, broken: false };
  if (journey === null) return { ...always, ...NONE, matrix: null, broken: [], isCut };
  const name = journey.journey;
  const about = early !== null && name === guess ? await early : await askJourney(name, from, null, signal);
  return { ...always, ...about, isCut: { ...isCut, broken: about.broken.length >= LISTED } };
}

async function askJourney(
  name: string,
  from: string,
  known: Reasons | null,
  signal: AbortSignal,
): Promise<Reasons & Pick<Snapshot, "matrix" | "broken">> {
  const path = `journeys/${encodeURIComponent(name)}`;
  const [matrix, { broken }, funnel, clicks, heatmap] = await Promise.all([
    ask<Matrix>(`${path}/matrix`, { from }, signal),
    // Of this journey alone: those of another could fill the list.
    ask<{ broken: BrokenAttempt[] }>("broken", { journey: name, from, limit: `${LISTED}` }, signal),
    known?.funnel ?? ask<Funnel>(`${path}/funnel`, { from }, signal),
    known?.clicks ?? ask<Clicks>(`${path}/clicks`, { from }, signal),
    known?.heatmap ?? ask<Heatmap>(`${path}/heatmap`, { from }, signal),
  ]);
  return { matrix, broken, funnel, clicks, heatmap };
}
