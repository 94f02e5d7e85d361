// SPDX-License-Identifier: Apache-2.0
import { learnSkew } from "../format/clock.ts";

const TIMEOUT_MS = 10_000; // a half-open connection must show as lost, not as a page that stands still

/** Watch answered, but not with what was asked for. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, reason: string) {
    super(reason);
    this.status = status;
  }
}

/** Ask watch one question; rejects with `Refusal` on an error answer, with the browser's error on none. */
export async function ask<T>(path: string, query: Record<string, string>, signal: AbortSignal): Promise<T> {
  const search = new URLSearchParams(query).toString();
  const target = `./api/${path}${search === "" ? "" : `?${search}`}`;
  const response = await fetch(target, {
    headers: { accept: "application/json" },
    cache: "no-store",
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  });
  learnSkew(response.headers.get("date"), Date.now());
  if (!response.ok) throw new Refusal(response.status, await reasonOf(response));
  return (await response.json()) as T;
}

/** The sentence of an `application/problem+json` answer, or the status line where there is none. */
async function reasonOf(response: Response): Promise<string> {
  try {
    const problem = (await response.json()) as { detail?: unknown; title?: unknown };
    if (typeof problem.detail === "string") return problem.detail;
    if (typeof problem.title === "string") return problem.title;
  } catch {
    // Not JSON: a proxy's own error page, perhaps. Its status says enough.
  }
  return `${response.status} ${response.statusText}`.trim();
}
