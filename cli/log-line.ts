/** What a function wrote to its log, made short for a person: the level, the message, and the fields that tell something. */
import type { LogLine } from "stack-engine";
import { jsonIn, shortName } from "./text.ts";

export interface ShortLine {
  /** The function, without what the names of the stack start with. */
  source: string;
  level: string;
  text: string;
}

/** Fields that are the same in every line, or say nothing to a person. */
const BORING =
  /^(_aws|bucket|cold_start|function_.*|level|message(Id)?|requestId|sampling_rate|service|stack|timestamp|userId|xray_.*)$/;
const LONGEST_VALUE = 60;
const LONGEST_TEXT = 240;

/** A line that is no JSON object is left as it is. */
export function shortLine({ functionName, line, stream }: LogLine): ShortLine {
  const fields = jsonIn(line);
  const plain = stream === "stderr" ? "ERROR" : "";
  if (!isObject(fields)) return { source: functionName, level: plain, text: line };
  const { level, message, service } = fields;
  const known = "_aws" in fields ? "METRIC" : plain;
  const text = [typeof message === "string" ? message : "", ...namedValues(fields)];
  return {
    source: typeof service === "string" ? service : functionName,
    level: typeof level === "string" ? level : known,
    text: clip(text.filter(Boolean).join(" "), LONGEST_TEXT),
  };
}

/** `name=value` for each field; those of a result and the like stand beside the others, lists are counted. */
function namedValues(fields: Record<string, unknown>): string[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    if (BORING.test(name) || value === null) return [];
    if (Array.isArray(value)) return [`${name}=${value.length}`];
    if (!isObject(value)) return [`${name}=${shortValue(name, String(value))}`];
    const { name: error, message } = value;
    if (name === "error") return [`${name}="${clip(`${error ?? "Error"}: ${message ?? ""}`, LONGEST_TEXT)}"`];
    const scalars = Object.entries(value).filter(([, inner]) => !isObject(inner));
    return namedValues(Object.fromEntries(scalars));
  });
}

function shortValue(name: string, value: string): string {
  if (name === "execution") return shortName(value);
  const short = clip(value, name === "imageId" ? 9 : LONGEST_VALUE);
  return short.includes(" ") ? `"${short}"` : short;
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
