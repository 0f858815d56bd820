/** The workflow with its placeholders filled in. */
import { readFileSync } from "node:fs";

/** What `image-pipeline.asl.json` leaves open, as `${name}`. */
export interface Substitutions {
  validateArn: string;
  resizeArn: string;
  watermarkArn: string;
  recordMetadataArn: string;
  outcomeTopicArn: string;
}

/**
 * @returns the definition as JSON text.
 * @throws when the definition asks for a value that is not given, or a given one is not asked for.
 */
export function renderDefinition(substitutions: Substitutions): string {
  const template = readFileSync(new URL("image-pipeline.asl.json", import.meta.url), "utf8");
  const values = new Map(Object.entries(substitutions));
  const unused = new Set(values.keys());
  const rendered = template.replaceAll(/\$\{(\w+)\}/g, (placeholder, name: string) => {
    const value = values.get(name);
    if (value === undefined)
      throw new Error(`The state machine asks for ${placeholder}, which nobody gives.`);
    unused.delete(name);
    return value;
  });
  if (unused.size > 0) throw new Error(`The state machine does not use ${[...unused].join(", ")}.`);
  return JSON.stringify(JSON.parse(rendered));
}
