/** The resize step alone (validate costs next to nothing), for its memory. */
import { deriveFile } from "./derive-file.ts";
import { measureRuns } from "./measure.ts";

await measureRuns(async (path) => {
  await deriveFile(path);
});
