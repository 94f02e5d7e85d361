// SPDX-License-Identifier: Apache-2.0
import { RANGES, formatAddress, parseAddress, type Range } from "../address.ts";
import { watchNow } from "../format/clock.ts";
import { Refusal, ask } from "../watch/ask.ts";
import { onChanges } from "../watch/changes.ts";
import type {
  BrokenAttempt,
  Change,
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
import { waitMs } from "./pace.ts";
import { keepAsking, type Rounds } from "./rounds.ts";

const LISTED = 200; // findings and broken attempts to ask for; more would not be read

export type Connection = "connecting" | "live" | "polling" | "lost" | "stopped";

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

/** The page's state: what is asked, what was answered, and whether watch can be heard. */
class Board {
  range = $state<Range>("15m");
  journeyName = $state<string | null>(null);
  timelineId = $state<string | null>(null);
  snapshot = $state.raw<Snapshot | null>(null);
  answeredAt = $state<number | null>(null);
  failures = $state(0);
  reason = $state<string | null>(null);
  streaming = $state(false);
  connection = $derived.by((): Connection => {
    if (this.failures > 0) return "lost";
    if (this.answeredAt === null) return "connecting";
    if (this.snapshot?.ingest.is_storing === false) return "stopped";
    return this.streaming ? "live" : "polling";
  });

  private _rounds: Rounds | null = null;
  private _stored: Change | null = null;

  /** Start asking and listening. Returns its undo. */
  start(): () => void {
    this._readAddress();
    const onPop = (): void => {
      this._readAddress();
      this._rounds?.restart();
    };
    const onVisible = (): void => {
      if (!document.hidden) this._rounds?.soon();
    };
    this._rounds = keepAsking(
      (signal) => this._round(signal),
      () => waitMs({ streaming: this.streaming, failures: this.failures, hidden: document.hidden }),
    );
    const stopListening = this._listen();
    addEventListener("popstate", onPop);
    document.addEventListener("visibilitychange", onVisible);
    return () => {
      stopListening();
      this._rounds?.stop();
      removeEventListener("popstate", onPop);
      document.removeEventListener("visibilitychange", onVisible);
    };
  }

  showRange(range: Range): void {
    this.range = range;
    this._writeAddress("replaceState");
    this._rounds?.restart();
  }

  showJourney(name: string): void {
    this.journeyName = name;
    this._writeAddress("replaceState");
    this._rounds?.restart();
  }

  /** Opening a timeline is a step one can go Back from; closing it is not. */
  showTimeline(id: string | null): void {
    if (id === this.timelineId) return;
    this.timelineId = id;
    this._writeAddress(id === null ? "replaceState" : "pushState");
  }

  private _listen(): () => void {
    return onChanges({
      onOpen: () => {
        this.streaming = true;
        this._rounds?.soon(); // whatever changed while nobody listened
      },
      onChange: (change) => {
        const known = this._stored;
        this._stored = change;
        // The first event of a connection only tells what there is; it may be what was there before.
        if (known?.steps === change.steps && known.findings === change.findings) return;
        if (!document.hidden) this._rounds?.soon();
      },
      onClosed: () => {
        if (!this.streaming) return;
        this.streaming = false;
        this._rounds?.soon(); // find out at once whether watch is gone or only the stream is
      },
    });
  }

  private async _round(signal: AbortSignal): Promise<void> {
    try {
      const shown = this.snapshot?.journey?.journey ?? null;
      const snapshot = await takeSnapshot(this.range, this.journeyName, shown, signal);
      if (signal.aborted) return;
      this.snapshot = snapshot;
      this.answeredAt = watchNow();
      this.failures = 0;
      this.reason = null;
    } catch (error) {
      if (signal.aborted) return;
      this.failures += 1;
      this.reason = error instanceof Refusal ? error.message : null;
    }
  }

  private _readAddress(): void {
    const address = parseAddress(location.search);
    this.range = address.range;
    this.journeyName = address.journey;
    this.timelineId = address.timeline;
  }

  private _writeAddress(how: "pushState" | "replaceState"): void {
    const address = formatAddress({ range: this.range, journey: this.journeyName, timeline: this.timelineId });
    history[how](null, "", address);
  }
}

/** What is asked of one journey. */
type OfJourney = Pick<Snapshot, "matrix" | "funnel" | "clicks" | "heatmap">;

const NOTHING: OfJourney = { matrix: null, funnel: null, clicks: null, heatmap: null };

/** One round. The journeys say which one to ask for; the one that was shown before is asked for meanwhile. */
async function takeSnapshot(
  range: Range,
  wanted: string | null,
  shown: string | null,
  signal: AbortSignal,
): Promise<Snapshot> {
  const from = new Date(watchNow() - RANGES[range]).toISOString();
  const guess = wanted ?? shown;
  const early = guess === null ? null : askJourney(guess, from, signal);
  early?.catch(() => undefined); // it may be gone; if it is not, the failure is met below
  const [ingest, { journeys }, { rules }, { findings }, { broken }] = await Promise.all([
    ask<Ingest>("ingest", {}, signal),
    ask<Journeys>("journeys", { from }, signal),
    ask<{ rules: RuleRow[] }>("findings/rules", { from }, signal),
    ask<{ findings: Finding[] }>("findings", { from, limit: `${LISTED}` }, signal),
    ask<{ broken: BrokenAttempt[] }>("broken", { from, limit: `${LISTED}` }, signal),
  ]);
  const journey = journeys.find((each) => each.journey === wanted) ?? journeys[0] ?? null;
  const isCut = { findings: findings.length >= LISTED, broken: broken.length >= LISTED };
  const always = { range, journeys, journey, rules, findings, ingest, isCut };
  if (journey === null) return { ...always, ...NOTHING, broken: [] };
  const name = journey.journey;
  const about = early !== null && name === guess ? await early : await askJourney(name, from, signal);
  return { ...always, ...about, broken: broken.filter((attempt) => attempt.journey === name) };
}

async function askJourney(name: string, from: string, signal: AbortSignal): Promise<OfJourney> {
  const path = `journeys/${encodeURIComponent(name)}`;
  const [matrix, funnel, clicks, heatmap] = await Promise.all([
    ask<Matrix>(`${path}/matrix`, { from }, signal),
    ask<Funnel>(`${path}/funnel`, { from }, signal),
    ask<Clicks>(`${path}/clicks`, { from }, signal),
    ask<Heatmap>(`${path}/heatmap`, { from }, signal),
  ]);
  return { matrix, funnel, clicks, heatmap };
}

export const board = new Board();
