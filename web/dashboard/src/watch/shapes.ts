// SPDX-License-Identifier: Apache-2.0
/**
 * What watch answers: times are RFC 3339, durations milliseconds, rates fractions; null is "no data" or "not known",
 * never 0. A status of null says that no head was sent: the answer was cut.
 */

export interface JourneySummary {
  journey: string;
  steps: string[];
  started: number;
  success: number;
  abandoned: number;
  error: number;
  timeout: number;
  in_progress: number;
}

export interface Journeys {
  from: string;
  to: string;
  journeys: JourneySummary[];
}

export interface MatrixStep {
  step: string;
  attempts: number;
  failed: number;
  broken: number;
  http_error_rate: number | null;
  js_error_rate: number | null;
  abandonment_rate: number | null;
  error_caused_rate: number | null;
  first_screen_ms: { mean: number | null; p75: number | null };
  coverage: number | null;
  /** Which figures may still change: `broken`, `abandonment_rate`. */
  provisional: string[];
}

export interface Matrix {
  journey: string;
  from: string;
  to: string;
  steps: MatrixStep[];
}

/** Exchanges of one route with one status in one slot of time. */
export interface HeatCell {
  time: string;
  method: string | null;
  route: string | null;
  status: number | null;
  exchanges: number;
  failed: number;
}

export interface Heatmap {
  journey: string;
  from: string;
  to: string;
  slot_ms: number;
  cells: HeatCell[];
}

/** How far journeys came; each counts once. */
export interface FunnelStep {
  step: string;
  optional: boolean;
  reached: number;
  skipped: number;
  lost: number;
  error_caused: number;
  in_progress: number;
  share: number | null;
}

export interface Funnel {
  journey: string;
  steps: FunnelStep[];
}

/** Exchanges of a step with one status by whole seconds after the click; the last counts 60 and more. */
export interface ClickStatus {
  step: string | null;
  status: number | null;
  exchanges: number;
  failed: number;
  seconds: number[];
}

/** Where a failing status is concentrated: the share of it that came at one step, within 3 s of the click. */
export interface Concentration {
  status: number | null;
  step: string | null;
  exchanges: number;
  share: number | null;
}

export interface Clicks {
  journey: string;
  statuses: ClickStatus[];
  concentrations: Concentration[];
}

/** Attempts by one property of the client. */
export interface DimensionValue {
  dimension: string;
  value: string;
  attempts: number;
  failed: number;
  failed_rate: number | null;
}

export interface Dimensions {
  journey: string;
  values: DimensionValue[];
}

/** One journey that ended at a step without success. */
export interface LostRow {
  journey_id: string;
  started: string;
  ended: string;
  attempts: number;
  failed: number;
  error_caused: boolean;
}

export interface LostJourneys {
  lost: LostRow[];
  next: string | null;
}

/** Whether telemetry gets in; `is_storing` is null where others fill the store. */
export interface Ingest {
  is_storing: boolean | null;
  heartbeat_age_ms: number | null;
  last_telemetry: string | null;
  newest: string | null;
  counted: string | null;
  unread_days: number;
}

/** One exchange behind a cell. */
export interface ExchangeRow {
  time: string;
  journey_id: string;
  step: string | null;
  method: string | null;
  route: string | null;
  status: number | null;
  duration_ms: number;
  failed: boolean;
}

export interface Exchanges {
  exchanges: ExchangeRow[];
  next: string | null;
}

export interface Finding {
  time: string;
  rule: string;
  name: string;
  severity: string;
  message: string;
  method: string | null;
  route: string | null;
  status: number | null;
  repaired: boolean;
  service: string | null;
  journey: string | null;
  journey_id: string | null;
  step: string | null;
  trace_id: string | null;
}

/** How often one rule was violated. */
export interface RuleRow {
  rule: string;
  name: string | null;
  severity: string | null;
  findings: number;
  repaired: number;
  journeys: number;
  last: string;
}

export interface BrokenAttempt {
  time: string;
  journey: string | null;
  journey_id: string;
  step: string;
  status: number | null;
  service: string | null;
  trace_id: string | null;
}

export interface TimelineEvent {
  time: string;
  /** An exchange, or what a browser said of a page: `navigation`, `vital`, `error`. */
  kind: string;
  step: string | null;
  service: string | null;
  method: string | null;
  route: string | null;
  status: number | null;
  duration_ms: number | null;
  failed: boolean;
  error_type: string | null;
  dom_complete_ms: number | null;
  first_screen_ms: number | null;
  trace_id: string | null;
}

export interface Timeline {
  journey_id: string;
  journey: string | null;
  events: TimelineEvent[];
}

/** How much is stored: the data of the stream's `change` event. */
export interface Change {
  steps: number;
  findings: number;
  recounted: number;
}
