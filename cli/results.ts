/** What became of an uploaded image: how its execution ended, and what is recorded about it. */
import { GetCommand } from "@aws-sdk/lib-dynamodb";
import type { Execution } from "stack-engine";
import * as z from "zod";
import { messageIn } from "../functions/shared/errors.ts";
import { imageRecordSchema } from "../functions/shared/image-record.ts";
import { imageSchema } from "../functions/shared/state.ts";
import type { Clients } from "./client.ts";

/** What an execution starts with, as far as it says which upload it is about. */
const inputSchema = z.object({
  image: imageSchema.pick({ imageId: true, bucket: true, key: true, versionId: true, bytes: true }),
});
export type ImageInput = z.infer<typeof inputSchema>["image"];

/** What is used of a record here. */
const recordSchema = imageRecordSchema.pick({
  imageId: true,
  status: true,
  lastAttempt: true,
  published: true,
});
export type ImageRecord = z.infer<typeof recordSchema> & {
  /** All of it, as it is in the table. */
  stored: Record<string, unknown>;
};

/** An execution, from the engine's own events or from DescribeExecution. */
export interface EndedExecution {
  arn: string;
  status: string;
  input: string;
  error?: string | undefined;
  cause?: string | undefined;
}

export type Result =
  | { outcome: "processed"; record: ImageRecord; files: number; bytes: number }
  | { outcome: "rejected" | "failed"; reason: string; record?: ImageRecord }
  /** A newer version of the same image was recorded first. */
  | { outcome: "superseded" };

/** An execution of the engine in this process, as DescribeExecution would show it. */
export function endedExecution({ arn, status, input, end }: Execution): EndedExecution {
  const failure = end && end.status !== "SUCCEEDED" ? { error: end.error, cause: end.cause } : {};
  return { arn, status, input, ...failure };
}

/** Which image an execution is about; undefined when it is about something else. */
export function imageOf(executionInput: string): ImageInput | undefined {
  try {
    return inputSchema.safeParse(JSON.parse(executionInput)).data?.image;
  } catch {
    return undefined;
  }
}

export async function resultOf(
  execution: EndedExecution,
  { table }: Pick<Clients, "table">,
  tableName: string,
): Promise<Result> {
  const imageId = imageOf(execution.input)?.imageId;
  const record = imageId === undefined ? undefined : await readRecord(table, tableName, imageId);
  const isOurs = record?.lastAttempt === undefined || record.lastAttempt.execution.arn === execution.arn;
  if (execution.status === "SUCCEEDED") {
    if (!record) return { outcome: "failed", reason: "It was processed, but nothing is recorded about it." };
    if (!isOurs) return { outcome: "superseded" };
    // Variants that came out the same share a file.
    const files = new Map(record.published?.variants.map(({ key, bytes }) => [key, bytes]));
    const bytes = [...files.values()].reduce((sum, each) => sum + each, 0);
    return { outcome: "processed", record, files: files.size, bytes };
  }
  const recorded = record && isOurs ? { record } : {};
  const outcome = execution.error === "ImageRejected" ? "rejected" : "failed";
  return { outcome, reason: reasonOf(execution, recorded.record), ...recorded };
}

async function readRecord(
  table: Clients["table"],
  tableName: string,
  imageId: string,
): Promise<ImageRecord | undefined> {
  const { Item } = await table.send(
    new GetCommand({ TableName: tableName, Key: { imageId }, ConsistentRead: true }),
  );
  return Item === undefined ? undefined : { ...recordSchema.parse(Item), stored: Item };
}

function reasonOf({ status, error, cause }: EndedExecution, record: ImageRecord | undefined): string {
  const attempt = record?.lastAttempt;
  if (attempt?.rejection) return attempt.rejection.reason;
  if (attempt?.error) return `${attempt.error.name}: ${attempt.error.message}`;
  if (status === "ABORTED") return "It was stopped.";
  return [error, messageIn(cause)].filter(Boolean).join(": ") || status;
}
