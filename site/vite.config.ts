import { defineConfig } from "vite";
import { runningPipeline } from "./dev/running-pipeline.ts";

export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  // Sign-in may only come back to this very address: the setting `signIn.callbackUrls`.
  server: { host: "localhost", port: 5173, strictPort: true },
  plugins: [runningPipeline(process.env.ENGINE_URL ?? "http://127.0.0.1:4566")],
  build: {
    // What ships, for THIRD-PARTY-LICENCES.md; served beside the page.
    license: { fileName: "licences.json" },
    sourcemap: false,
    // The content security policy takes no scripts, styles or fonts that are written into the page.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // What light-dark(), nesting and container queries need.
    // What is loaded first is one file, however many parts share some of it: it is smaller, compressed, than several.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "page", tags: ["$initial"] }] } } },
    cssTarget: ["chrome125", "edge125", "firefox128", "safari18"],
  },
});
