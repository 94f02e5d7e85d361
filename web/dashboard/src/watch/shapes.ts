// SPDX-License-Identifier: Apache-2.0
/** What watch answers: times are RFC 3339, durations milliseconds, rates fractions; null is "no data", never 0. */

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
  first_screen_ms: { mean: number | null; p75: number | null };
  coverage: number | null;
}

export interface Matrix {
  journey: string;
  from: string;
  to: string;
  steps: MatrixStep[];
}

export type Severity = "error" | "warning" | "advice";

export interface Finding {
  time: string;
  rule: string;
  name: string;
  severity: Severity;
  message: string;
  method: string;
  route: string | null;
  status: number;
  repaired: boolean;
  service: string;
  journey: string | null;
  journey_id: string | null;
  step: string | null;
  trace_id: string;
}

export interface BrokenAttempt {
  time: string;
  journey: string;
  journey_id: string;
  step: string;
  status: number;
  service: string;
  trace_id: string;
}

export interface TimelineEvent {
  time: string;
  step: string | null;
  service: string;
  method: string;
  route: string | null;
  status: number;
  duration_ms: number | null;
  failed: boolean;
  trace_id: string;
}

export interface Timeline {
  journey_id: string;
  journey: string;
  events: TimelineEvent[];
}
