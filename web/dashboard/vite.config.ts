// SPDX-License-Identifier: Apache-2.0
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { resolve } from "node:path";
import { defineConfig } from "vite";

const root = import.meta.dirname;
const out = process.env["SEEOTHER_WEB_OUT"] ?? resolve(root, "../../src/seeother/watch/dashboard/static");

export default defineConfig({
  root,
  base: "./", // the page may be mounted below a prefix
  plugins: [svelte()],
  build: {
    outDir: resolve(out, "dashboard"),
    emptyOutDir: true,
    manifest: true,
    assetsInlineLimit: 0, // nothing inline: the Content-Security-Policy allows this origin's files only
    modulePreload: { polyfill: false },
    target: "es2022",
  },
  // `npx vite` against a running watch, for work on the page itself.
  server: { proxy: { "/api": process.env["SEEOTHER_WATCH"] ?? "http://127.0.0.1:8304" } },
});
