/** The function that sends one photograph through everything, where the setting asks for it. */
import { readFileSync } from "node:fs";
import type { Construct } from "constructs";
import { CANARY_OWNER, ownersFolder } from "../functions/shared/keys.ts";
import type { MetadataTable } from "./constructs/metadata-table.ts";
import { type FunctionDefaults, NodeFunction } from "./constructs/node-function.ts";
import type { PrivateBucket } from "./constructs/private-bucket.ts";
import { Schedule } from "./constructs/schedule.ts";
import type { Settings } from "./settings.ts";

/** Twice the handler's patience, and a little to tell of it. */
const TIMEOUT_SECONDS = 250;

/** Taken from a camera, and small. */
const PHOTOGRAPH = new URL("../samples/rocket.jpg", import.meta.url);

export interface CanaryParts {
  defaults: FunctionDefaults;
  settings: Settings;
  original: PrivateBucket;
  processed: PrivateBucket;
  table: MetadataTable;
}

export function addCanary(
  scope: Construct,
  { defaults, settings: { canary: setting, memoryMb }, original, processed, table }: CanaryParts,
): void {
  if (setting === false) return;
  const canary = new NodeFunction(scope, "canary", {
    ...defaults,
    name: "canary",
    // Most of its time it waits.
    memoryMb: memoryMb.storageMetrics,
    timeoutSeconds: TIMEOUT_SECONDS,
    environment: {
      ORIGINAL_BUCKET: original.name,
      PROCESSED_BUCKET: processed.name,
      METADATA_TABLE: table.name,
    },
    files: { "canary.jpg": readFileSync(PHOTOGRAPH) },
  });
  original.grant(canary, ownersFolder(CANARY_OWNER), "PutObject", "DeleteObject");
  processed.grant(canary, "", "GetObject");
  table.grant(canary, "GetItem");
  new Schedule(scope, "canary-schedule", {
    ...defaults,
    name: `${defaults.namePrefix}-canary`,
    everyMinutes: setting.everyMinutes,
    target: canary,
  });
}
