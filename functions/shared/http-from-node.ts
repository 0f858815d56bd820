/**
 * What bundles import as "node:http". An ES module import reads everything that module exports, and so loads the whole of
 * Node's `fetch` and `WebSocket` for names that nobody uses: a fifth of what a function's start takes. `require` does not.
 */
import { createRequire } from "node:module";

export default createRequire(import.meta.url)("node:http");
