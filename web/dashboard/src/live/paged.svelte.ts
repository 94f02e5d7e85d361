// SPDX-License-Identifier: Apache-2.0
import { ask } from "../watch/ask.ts";

const PAGE = "20";

/** A long list, read page by page. */
export interface Paged<T> {
  /** Null as long as nothing was answered. */
  readonly rows: readonly T[] | null;
  readonly next: string | null;
  readonly failed: boolean;
  /** Ask for the first page of another list. Returns its undo. */
  show: (path: string, query: Record<string, string>) => () => void;
  more: () => void;
}

/** Lists of the API whose rows stand under `name`. */
export function paged<T>(name: string): Paged<T> {
  let rows = $state.raw<readonly T[] | null>(null);
  let next = $state<string | null>(null);
  let failed = $state(false);
  let read: (after: string | null) => Promise<void> = () => Promise.resolve();

  function show(path: string, query: Record<string, string>): () => void {
    const asked = new AbortController();
    rows = null;
    next = null;
    failed = false;
    let before: readonly T[] = [];
    let isAsking = false; // impatient people press twice, and a page would come twice
    read = async (after) => {
      if (isAsking) return;
      isAsking = true;
      const paging: Record<string, string> = after === null ? { limit: PAGE } : { limit: PAGE, after };
      try {
        const answer = await ask<Record<string, unknown>>(path, { ...query, ...paging }, asked.signal);
        before = [...before, ...(answer[name] as T[])];
        rows = before;
        next = answer["next"] as string | null;
      } catch {
        failed = !asked.signal.aborted; // another list was chosen meanwhile
      } finally {
        isAsking = false;
      }
    };
    void read(null);
    return () => asked.abort();
  }

  return {
    get rows() {
      return rows;
    },
    get next() {
      return next;
    },
    get failed() {
      return failed;
    },
    show,
    more: () => void read(next),
  };
}
