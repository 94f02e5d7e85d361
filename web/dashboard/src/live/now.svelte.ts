// SPDX-License-Identifier: Apache-2.0
import { watchNow } from "../format/clock.ts";

/** The present by watch's clock, moving once a second: every age on the page reads it. */
class Now {
  ms = $state(watchNow());

  constructor() {
    setInterval(() => {
      this.ms = watchNow();
    }, 1_000);
  }
}

export const now = new Now();
