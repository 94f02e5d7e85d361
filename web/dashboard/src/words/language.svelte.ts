// SPDX-License-Identifier: Apache-2.0
import { en, type Words } from "./en.ts";
import { zh } from "./zh.ts";

const LANGUAGES = { en, zh } as const;
const KEY = "seeother.language";

type Code = keyof typeof LANGUAGES;

/** The language of the page: the person's choice, else the browser's, else English. */
class Language {
  chosen = $state<Code>(remembered() ?? preferred());
  words = $derived<Words>(LANGUAGES[this.chosen]);
  tag = $derived(this.words.code);

  toggle(): void {
    this.chosen = this.chosen === "en" ? "zh" : "en";
    try {
      localStorage.setItem(KEY, this.chosen);
    } catch {
      // Storage may be forbidden; then the choice lasts as long as the page.
    }
  }
}

function remembered(): Code | null {
  try {
    const code = localStorage.getItem(KEY);
    return code === "en" || code === "zh" ? code : null;
  } catch {
    return null;
  }
}

function preferred(): Code {
  const first = navigator.languages.find((tag) => /^(en|zh)\b/i.test(tag));
  return first?.toLowerCase().startsWith("zh") === true ? "zh" : "en";
}

export const language = new Language();
