/** What the engine that is running tells of itself, for the commands that are used beside it. */
import { DEFAULT_PORT } from "stack-engine";
import type * as z from "zod";
import { UsageError } from "./command.ts";

/** Where the engine is unless a command is told. */
export const usualEndpoint = process.env.AWS_ENDPOINT_URL || `http://127.0.0.1:${DEFAULT_PORT}`;

/** @throws with what to do when no engine is there, or something else is. */
export async function askEngine<Schema extends z.ZodType>(
  endpoint: string,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const nobody = `No engine runs at ${endpoint}. Start one in another terminal with npm start, or name it with --endpoint.`;
  const page = URL.parse("/_engine/outputs", endpoint);
  if (!page) throw new UsageError(`--endpoint ${endpoint}: that is not a URL such as http://127.0.0.1:4566.`);
  const response = await fetch(page).catch(() => undefined);
  if (!response) throw new Error(nobody);
  const { data } = schema.safeParse(await response.json().catch(() => undefined));
  if (!data) throw new Error(`What answers at ${endpoint} is not this pipeline's engine. ${nobody}`);
  return data;
}
