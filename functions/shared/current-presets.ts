/** The presets as they are now: those that the function was deployed with, and over them those in their own table. */
import { Logger } from "@aws-lambda-powertools/logger";
import { paginateScan } from "@aws-sdk/lib-dynamodb";
import { type Presets, packedPresets, storedPresetSchema } from "./presets.ts";
import { environmentVariable } from "./settings.ts";
import { table } from "./table.ts";

const logger = new Logger();

/** For so long a process does not ask again. */
const FRESH_MS = 60_000;

export interface PresetSources {
  packed(): Presets;
  stored(): Promise<Presets>;
  now?(): number;
}

/**
 * @returns gives the presets, at most a minute old. Where the table cannot be read, those of the last time count; where there
 * were none, that is an error: an image would be processed in another way than it should be, and nobody would notice.
 */
export function presetReader({ packed, stored, now = Date.now }: PresetSources): () => Promise<Presets> {
  let last: Presets | undefined;
  let reading: Promise<Presets> | undefined;
  let readAtMs = 0;
  const read = async () => {
    try {
      last = { ...packed(), ...(await stored()) };
      return last;
    } catch (error) {
      if (last === undefined) {
        reading = undefined;
        throw error;
      }
      logger.warn("The presets cannot be read; those of before count", { error });
      return last;
    }
  };
  return () => {
    if (reading !== undefined && now() - readAtMs < FRESH_MS) return reading;
    readAtMs = now();
    reading = read();
    return reading;
  };
}

export const currentPresets = presetReader({ packed: packedPresets, stored: storedPresets });

async function storedPresets(): Promise<Presets> {
  const presets: Presets = {};
  const TableName = environmentVariable("PRESETS_TABLE");
  for await (const { Items = [] } of paginateScan({ client: table }, { TableName }))
    for (const item of Items) {
      const { success, data, error } = storedPresetSchema.safeParse(item);
      // Whoever writes them with the command learns of it there.
      if (!success) logger.error("A preset in the table is wrong, and is left out", { item, error });
      else presets[data.name] = data;
    }
  return presets;
}
