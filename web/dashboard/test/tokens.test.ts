// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const SRC = join(import.meta.dirname, "../src");
const STYLED = globSync("**/*.{css,svelte}", { cwd: SRC }).filter((path) => path !== "tokens.css");
const LENGTH = /(?<![\w-])\d*\.?\d+(?:px|r?em|ch|v[wh]|pt)\b/g;
const COLOUR = /#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|oklch|lab)\(/gi;

/** The declarations of a file; conditions of at-rules are left out, for they cannot use custom properties. */
function declarations(path: string): string {
  const text = readFileSync(join(SRC, path), "utf8");
  const css = path.endsWith(".css") ? text : [...text.matchAll(/<style>(.*?)<\/style>/gs)].map(([, inner]) => inner).join("");
  return css.replaceAll(/\/\*.*?\*\//gs, "").replaceAll(/@(?:media|container)[^{]*/g, "");
}

test("no colour and no length stands outside tokens.css", () => {
  assert.ok(STYLED.length > 5);

  const found = STYLED.flatMap((path) => {
    const css = declarations(path);
    return [...css.matchAll(LENGTH), ...css.matchAll(COLOUR)].map(([value]) => `${path}: ${value}`);
  });

  assert.deepEqual(found, []);
});

test("every token that is used is defined, and every one defined is used", () => {
  const tokens = readFileSync(join(SRC, "tokens.css"), "utf8");
  const all = [tokens, ...STYLED.map((path) => readFileSync(join(SRC, path), "utf8"))].join("\n");
  const local = new Set(["--tone"]); // set where it is used
  const defined = new Set([...tokens.matchAll(/^\s*(--[\w-]+):/gm)].map(([, name]) => name!));
  const used = new Set([...all.matchAll(/var\((--[\w-]+)/g)].map(([, name]) => name!).filter((name) => !local.has(name)));

  assert.deepEqual([...used].filter((name) => !defined.has(name)), []);
  assert.deepEqual([...defined].filter((name) => !used.has(name)), []);
});
