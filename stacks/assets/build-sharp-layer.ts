/** Run by `npm ci`: builds the layer of the default architecture, so that synth needs no network. */
import { sharpLayer } from "./sharp-layer.ts";

try {
  sharpLayer("arm64");
} catch (error) {
  // Synth tries again, and says so if it fails too.
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
}
