// SPDX-License-Identifier: Apache-2.0
import type { Change } from "./shapes.ts";

const RETRY_MS = { first: 1_000, most: 30_000 };

/** What a listener of the stream wants to hear. */
export interface StreamListener {
  onOpen: () => void;
  onChange: (change: Change) => void;
  onClosed: () => void;
}

/** Listen for stored changes; reconnects for ever. Returns its undo. */
export function onChanges(listener: StreamListener): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = RETRY_MS.first;

  function connect(): void {
    source = new EventSource("./api/stream");
    source.addEventListener("open", () => {
      wait = RETRY_MS.first;
      listener.onOpen();
    });
    source.addEventListener("change", ({ data }: MessageEvent<string>) => {
      listener.onChange(JSON.parse(data) as Change);
    });
    source.addEventListener("error", () => {
      listener.onClosed();
      // CONNECTING: the browser retries by itself. CLOSED: it has given up (an error answer), so we do.
      if (source?.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(connect, wait);
      wait = Math.min(wait * 2, RETRY_MS.most);
    });
  }

  connect();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}
