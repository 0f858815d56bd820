/** What became of an uploaded image: what is recorded about it, and how its execution ended. */
import { GetCommand } from "@aws-sdk/lib-dynamodb";
import type { Execution } from "stack-engine";
import * as z from "zod";
import { imageSchema } from "../functions/shared/state.ts";
import type { Clients } from "./client.ts";
import { messageIn } from "./text.ts";

/** What is used of a record here, and of an image as the API shows it. */
export const shownSchema = z.object({
  status: z.string(),
  variants: z.array(z.object({ bytes: z.number() })).default([]),
  rejection: z.object({ reason: z.string() }).optional(),
  /** In the API only. */
  failure: z.string().optional(),
  /** In the table only. */
  error: z.object({ name: z.string(), message: z.string() }).optional(),
});

export type Shown = z.infer<typeof shownSchema>;

const recordSchema = shownSchema.extend({
  imageId: z.string(),
  uploadedAt: z.string(),
  original: z.object({ versionId: z.string().optional(), etag: z.string().optional() }),
  execution: z.object({ arn: z.string() }).optional(),
  variants: z.array(z.object({ key: z.string(), bytes: z.number() })).default([]),
});
export type ImageRecord = z.infer<typeof recordSchema> & {
  /** All of it, as it is in the table. */
  stored: Record<string, unknown>;
};

/** Superseded: a newer version of the same image was recorded first. */
export type Result = { record?: ImageRecord } & (
  | { outcome: "processed"; files: number; bytes: number }
  | { outcome: "rejected" | "failed"; reason: string }
  | { outcome: "superseded" }
);

/** The outcome that is recorded; undefined while there is none. */
export function recordedResult(shown: Shown): Result | undefined {
  const { status, variants, rejection, failure, error } = shown;
  const bytes = variants.reduce((sum, variant) => sum + variant.bytes, 0);
  if (status === "PROCESSED") return { outcome: "processed", files: variants.length, bytes };
  if (status === "REJECTED") return { outcome: "rejected", reason: rejection?.reason ?? "" };
  const known = failure ?? (error && `${error.name}: ${error.message}`);
  return status === "FAILED" ? { outcome: "failed", reason: known ?? "" } : undefined;
}

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

const inputSchema = z.object({ image: imageSchema.pick({ imageId: true, key: true }) });

/** Which image an execution of this process's engine is about; undefined when it is about something else. */
export function imageOf({ input }: Pick<Execution, "input">): { imageId: string; key: string } | undefined {
  return inputSchema.safeParse(JSON.parse(input)).data?.image;
}

/** What became of the image of an execution that has ended, recorded or not. */
export async function resultOf(
  execution: Execution,
  clients: Pick<Clients, "table">,
  { metadata_table_name = "" }: Record<string, string>,
): Promise<Result> {
  const image = imageOf(execution);
  const record = image && (await readRecord(clients, metadata_table_name, image.imageId));
  const isOurs = record?.execution === undefined || record.execution.arn === execution.arn;
  const { status, end } = execution;
  if (status === "SUCCEEDED" && !isOurs) return { outcome: "superseded" };
  const recorded = record && isOurs ? recordedResult(record) : undefined;
  if (record && recorded) return { ...recorded, record };
  if (end === undefined || end.status === "SUCCEEDED")
    return { outcome: "failed", reason: "It was processed, but nothing is recorded about it." };
  const outcome = end.error === "ImageRejected" ? "rejected" : "failed";
  const told = [end.error, messageIn(end.cause ?? "")].filter(Boolean).join(": ");
  return { outcome, reason: status === "ABORTED" ? "It was stopped." : told || status };
}
