/** What became of an uploaded image: as it is recorded, and as its execution ended. */
import { GetCommand } from "@aws-sdk/lib-dynamodb";
import type { Execution } from "stack-engine";
import * as z from "zod";
import { messageIn, parseRejection } from "../functions/shared/errors.ts";
import { imageRecordSchema } from "../functions/shared/image-record.ts";
import { caughtIn, imageSchema, publishedSchema } from "../functions/shared/state.ts";
import type { Clients } from "./client.ts";
import { byteSize, counted } from "./text.ts";

/** Superseded: a newer version of the same image was recorded first, or the image was deleted. */
export type Result =
  | Processed
  | { outcome: "rejected" | "failed"; reason: string }
  | { outcome: "superseded" };

export interface Processed {
  outcome: "processed";
  variants: number;
  /** Of all variants. */
  bytes: number;
  /** Variants that came out the same share one. */
  files: number;
  fileBytes: number;
}

/** A link is signed anew each time, by what follows its path. */
const shownVariantSchema = z
  .object({ bytes: z.number(), url: z.string() })
  .transform(({ bytes, url }) => ({ bytes, key: url.replace(/\?.*/, "") }));

/** What the API shows of an image, as far as it is used here. */
export const shownSchema = z.object({
  status: z.string(),
  variants: z.array(shownVariantSchema).default([]),
  rejection: z.object({ reason: z.string() }).optional(),
  failure: z.string().optional(),
});
export type Shown = z.infer<typeof shownSchema>;

const recordSchema = imageRecordSchema.pick({
  imageId: true,
  status: true,
  uploadedAt: true,
  original: true,
  lastAttempt: true,
  published: true,
  previous: true,
});
export type ImageRecord = z.infer<typeof recordSchema> & {
  /** All of it, as it is in the table. */
  stored: Record<string, unknown>;
};

export async function readRecord(
  { table }: Pick<Clients, "table">,
  tableName: string,
  imageId: string,
): Promise<ImageRecord | undefined> {
  const { Item } = await table.send(
    new GetCommand({ TableName: tableName, Key: { imageId }, ConsistentRead: true }),
  );
  return Item === undefined ? undefined : { ...recordSchema.parse(Item), stored: Item };
}

/** A record in the API's words. */
export function shownOf({ status, published, lastAttempt }: ImageRecord): Shown {
  const { rejection, error } = lastAttempt ?? {};
  return {
    status,
    variants: published?.variants ?? [],
    rejection,
    failure: error && `${error.name}: ${error.message}`,
  };
}

/** The outcome that is recorded; undefined while there is none. */
export function recordedResult({ status, variants, rejection, failure }: Shown): Result | undefined {
  if (status === "PROCESSED") return processed(variants);
  if (status === "REJECTED") return { outcome: "rejected", reason: rejection?.reason ?? "" };
  return status === "FAILED" ? { outcome: "failed", reason: failure ?? "" } : undefined;
}

const inputSchema = z.object({ image: imageSchema.pick({ imageId: true, key: true }) });

/** Which image an execution of this process's engine is about; undefined when it is about something else. */
export function imageOf({ input }: Pick<Execution, "input">): { imageId: string; key: string } | undefined {
  return inputSchema.safeParse(JSON.parse(input)).data?.image;
}

const outputSchema = z.object({
  watermark: z.object({ result: publishedSchema }),
});
const supersededSchema = z.object({ superseded: z.object({}) });

/** What an execution that has ended came to, by its output or its error. */
export function endedResult({ end, status }: Pick<Execution, "end" | "status">): Result {
  if (end?.status === "SUCCEEDED") {
    const output: unknown = JSON.parse(end.output);
    if (supersededSchema.safeParse(output).success) return { outcome: "superseded" };
    return processed(outputSchema.parse(output).watermark.result.variants);
  }
  const { error = "", cause = "" } = end ?? {};
  if (error === "ImageRejected")
    return { outcome: "rejected", reason: parseRejection(messageIn(cause)).reason };
  return {
    outcome: "failed",
    reason: stepErrorIn(cause) || [error || `Execution.${status}`, cause].filter(Boolean).join(": "),
  };
}

/** For a person. */
export function variantsText({ variants, files, fileBytes }: Processed): string {
  const sharing = files === variants ? "" : ` in ${counted(files, "file")}`;
  return `${counted(variants, "variant")}${sharing}, ${byteSize(fileBytes)}`;
}

function processed(variants: { key: string; bytes: number }[]): Processed {
  const files = new Map(variants.map(({ key, bytes }) => [key, bytes]));
  return {
    outcome: "processed",
    variants: variants.length,
    bytes: sum(variants.map(({ bytes }) => bytes)),
    files: files.size,
    fileBytes: sum([...files.values()]),
  };
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function stepErrorIn(cause: string): string | undefined {
  const { Error: name, Cause = "" } = caughtIn(cause) ?? {};
  return name && `${name}: ${messageIn(Cause)}`;
}
