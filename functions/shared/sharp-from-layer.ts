/**
 * What bundles import as "sharp". It is a native package that comes from a Lambda layer, and only `require`
 * looks into layers everywhere: ES module imports do not search NODE_PATH.
 */
import { createRequire } from "node:module";

export default createRequire(import.meta.url)("sharp");
