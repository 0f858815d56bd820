/**
 * What bundles import as "node:process": the names that packages use. An ES module import reads everything that module exports, and so
 * opens standard input and output for nobody.
 */
export const { env, versions } = process;
