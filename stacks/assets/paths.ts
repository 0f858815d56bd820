/** Where things are in the project, whatever folder a command is run from. */
import { fileURLToPath } from "node:url";

export const PROJECT_FOLDER = fileURLToPath(new URL("../..", import.meta.url));

/** Built archives, kept between runs; safe to delete. */
export const CACHE_FOLDER = fileURLToPath(
  new URL("../../node_modules/.cache/image-pipeline", import.meta.url),
);
