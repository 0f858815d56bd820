/** Words that an owner finds images by. */
import * as z from "zod";

const MOST_TAGS = 20;
const MOST_CHARACTERS = 50;

/** The object metadata `x-amz-meta-tags`: separated by commas, percent-encoded where they are not ASCII. */
export const TAGS_METADATA = "tags";

const WRONG = "takes tags of 1 to 50 characters, without commas";

/** As it is kept, and looked for: however it is typed, it is the same tag. */
function normalised(tag: string): string {
  return tag.toWellFormed().toLowerCase().normalize("NFC").trim();
}

function unique(tags: string[]): string[] {
  return [...new Set(tags.map(normalised))].filter((tag) => tag !== "");
}

export const tagSchema = z
  .string()
  .regex(/^[^,]*[^,\s][^,]*$/u, WRONG)
  .refine((tag) => [...tag].length <= MOST_CHARACTERS, WRONG)
  .meta({ minLength: 1, maxLength: MOST_CHARACTERS })
  .transform(normalised);

export const tagsSchema = z
  .array(tagSchema)
  .max(MOST_TAGS)
  .describe(`Up to ${MOST_TAGS}, in lower case once they are taken, each once.`)
  .transform(unique);

/** How forms, queries and metadata say them. */
export const tagsTextSchema = z
  .string()
  .regex(
    /^[^,]{0,50}(,[^,]{0,50}){0,19}$/u,
    `takes up to ${MOST_TAGS} tags of at most 50 characters each, separated by commas`,
  )
  .describe("Separated by commas.")
  .transform((text) => unique(text.split(",")));
