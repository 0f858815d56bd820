/** Event patterns, as far as they name values: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html */
import * as z from "zod";

export interface Pattern {
  [field: string]: Pattern | (string | number | boolean | null)[];
}

const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const patternSchema: z.ZodType<Pattern> = z.lazy(() =>
  z.record(
    z.string(),
    z.union([z.array(value).min(1), patternSchema], {
      error: "has to list values, or name fields that do: no other filter is known here",
    }),
  ),
);

/** Whether each field that the pattern names has one of its values. */
export function matches(pattern: Pattern, event: object): boolean {
  const fields = new Map<string, unknown>(Object.entries(event));
  return Object.entries(pattern).every(([name, wanted]) => {
    const found = fields.get(name);
    if (Array.isArray(wanted)) return wanted.some((one) => one === found);
    return typeof found === "object" && found !== null && matches(wanted, found);
  });
}
