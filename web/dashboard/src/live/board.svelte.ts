// SPDX-License-Identifier: Apache-2.0
import { formatAddress, parseAddress, type Range } from "../address.ts";
import { watchNow } from "../format/clock.ts";
import { Refusal } from "../watch/ask.ts";
import { onChanges } from "../watch/changes.ts";
import type { Change } from "../watch/shapes.ts";
import { WHOLE_MS, waitMs } from "./pace.ts";
import { keepAsking, type Rounds } from "./rounds.ts";
import { takeSnapshot, type Snapshot } from "./snapshot.ts";

export type Connection = "connecting" | "live" | "polling" | "lost" | "stopped";

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
  private _wholeAt = 0; // epoch ms of the last round that took nothing over
  private _wasQuick = false;

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
      () => {
        const { streaming, failures } = this;
        const owedMs = this._wasQuick ? this._wholeAt + WHOLE_MS - Date.now() : null;
        return waitMs({ streaming, failures, hidden: document.hidden, owedMs });
      },
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
        const isNew = (name: keyof Change) => known?.[name] !== change[name];
        if (!isNew("steps") && !isNew("findings") && !isNew("recounted")) return;
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
      const began = Date.now();
      const isQuick = began - this._wholeAt < WHOLE_MS;
      const wish = { range: this.range, journey: this.journeyName, before: this.snapshot, isQuick };
      const snapshot = await takeSnapshot(wish, signal);
      if (signal.aborted) return;
      this._wasQuick = isQuick;
      if (!isQuick) this._wholeAt = began;
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

export const board = new Board();
