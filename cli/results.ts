/** What became of an uploaded image: how its execution ended, and what is recorded about it. */
import { GetCommand } from "@aws-sdk/lib-dynamodb";
import type { Execution } from "stack-engine";
import * as z from "zod";
import type { Clients } from "./client.ts";

/** What an execution starts with, as far as it says which upload it is about. */
const inputSchema = z.object({
  image: z.object({
    imageId: z.string(),
    bucket: z.string(),
    key: z.string(),
    versionId: z.string().optional(),
    bytes: z.number().default(0),
  }),
});
export type ImageInput = z.infer<typeof inputSchema>["image"];

/** What is used of a record here. */
const recordSchema = z.object({
  imageId: z.string(),
  status: z.string(),
  execution: z.object({ arn: z.string() }).optional(),
  variants: z.array(z.object({ name: z.string(), key: z.string(), bytes: z.number() })).default([]),
  rejection: z.object({ reason: z.string() }).optional(),
  error: z.object({ name: z.string(), message: z.string() }).optional(),
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
  const isOurs = record?.execution === undefined || record.execution.arn === execution.arn;
  if (execution.status === "SUCCEEDED") {
    if (!record) return { outcome: "failed", reason: "It was processed, but nothing is recorded about it." };
    if (!isOurs) return { outcome: "superseded" };
    const bytes = record.variants.reduce((sum, variant) => sum + variant.bytes, 0);
    return { outcome: "processed", record, files: record.variants.length, bytes };
  }
  const recorded = record && isOurs ? { record } : {};
  const outcome = execution.error === "ImageRejected" ? "rejected" : "failed";
  return { outcome, reason: reasonOf(execution, recorded.record), ...recorded };
}

/** The sentence in an error's cause: Lambda makes it a JSON text around the message. */
export function messageIn(cause: string | undefined): string {
  try {
    const parsed: unknown = JSON.parse(cause ?? "");
    if (typeof parsed === "object" && parsed !== null && "errorMessage" in parsed) {
      return String(parsed.errorMessage);
    }
  } catch {}
  return cause ?? "";
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
  if (record?.rejection) return record.rejection.reason;
  if (record?.error) return `${record.error.name}: ${record.error.message}`;
  if (status === "ABORTED") return "It was stopped.";
  return [error, messageIn(cause)].filter(Boolean).join(": ") || status;
}
