/** Complaints about wrong values, in plain words. */
import type * as z from "zod";

/**
 * What a schema finds wrong, for somebody who has never seen a schema, to follow the name of what is wrong: `"limit" takes
 * at most 100`. Given to zod as `error`; undefined leaves the schema's own message.
 */
export function plainWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined
        ? "is missing"
        : `takes ${TYPE_WORDS[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `takes ${issue.values.map(String).join(" or ")}`;
    case "too_small":
      return issue.origin === "array" || issue.origin === "string"
        ? "is empty"
        : `takes at least ${issue.minimum}`;
    case "too_big":
      return `takes at most ${issue.maximum}${issue.origin === "string" ? " characters" : ""}`;
    case "invalid_format":
      return issue.format === "datetime" ? "takes a time in UTC, such as 2030-12-31T23:59:00Z" : undefined;
    case "unrecognized_keys":
      return `has no part called ${issue.keys.map((key) => `"${key}"`).join(" or ")}`;
    default:
      return undefined;
  }
}

const TYPE_WORDS: Record<string, string> = {
  int: "a whole number",
  number: "a number",
  string: "a text",
  boolean: "true or false",
  array: "a list",
  object: "an object",
};
