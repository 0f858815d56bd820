/** One photograph through everything: sent, processed, published, deleted. */
import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { DeleteObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { fileKeysOf, type ImageRecord } from "../shared/image-record.ts";
import { CANARY_OWNER, imageIdOf, ownedKey } from "../shared/keys.ts";
import { readRecord } from "../shared/table.ts";

export interface Pipeline {
  s3: S3Client;
  table: DynamoDBDocumentClient;
  originalBucket: string;
  processedBucket: string;
  tableName: string;
}

export interface Trial {
  imageId: string;
  /** Published, and there. */
  files: number;
  /** From sending the photograph to its record. */
  processedMs: number;
  /** From deleting it until its record was gone. */
  deletedMs: number;
}

/** The photograph did not come out as it should; the message says how far it came. */
export class CanaryFailed extends Error {
  override readonly name = "CanaryFailed";
}

/** Where a trial has come to. */
export type TrialStep =
  | "sending the photograph"
  | "waiting for the photograph's record"
  | "looking for the files"
  | "deleting the photograph";

const LOOK_AGAIN_MS = 500;

/**
 * @param photograph a JPEG.
 * @param patienceMs for being processed, and once more for being deleted.
 * @throws CanaryFailed
 */
export async function tryOut(
  pipeline: Pipeline,
  photograph: Buffer,
  patienceMs: number,
  begin: (step: TrialStep) => void = () => undefined,
): Promise<Trial> {
  const { s3, originalBucket: Bucket } = pipeline;
  const Key = ownedKey(CANARY_OWNER, randomUUID(), "canary.jpg");
  const imageId = imageIdOf(Key);
  const sentAt = Date.now();
  begin("sending the photograph");
  await s3.send(
    new PutObjectCommand({ Bucket, Key, Body: neverSeen(photograph), ContentType: "image/jpeg" }),
  );
  const remove = () => s3.send(new DeleteObjectCommand({ Bucket, Key }));
  try {
    begin("waiting for the photograph's record");
    const record = await wait(pipeline, imageId, patienceMs, (seen) => isOver(seen));
    if (record?.status !== "PROCESSED")
      throw new CanaryFailed(`The photograph ${Key} ${whatBecame(record, patienceMs)}`);
    const processedMs = Date.now() - sentAt;
    begin("looking for the files");
    const files = fileKeysOf(record.published);
    for (const file of files) await assertThere(pipeline, file);
    begin("deleting the photograph");
    const deletedAt = Date.now();
    await remove();
    if (await wait(pipeline, imageId, patienceMs, (seen) => seen === undefined))
      throw new CanaryFailed(
        `The photograph ${Key} was deleted, and its record is there after ${seconds(patienceMs)}: events of the bucket do not arrive.`,
      );
    return { imageId, files: files.length, processedMs, deletedMs: Date.now() - deletedAt };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The same bytes are processed once only. A comment makes them others, and the picture stays the same. */
export function neverSeen(jpeg: Buffer): Buffer {
  const comment = randomBytes(16);
  const marker = Buffer.from([0xff, 0xfe, 0, comment.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), marker, comment, jpeg.subarray(2)]);
}

/** @returns the record as it was when it was so, or when patience was at its end. */
async function wait(
  { table, tableName }: Pipeline,
  imageId: string,
  patienceMs: number,
  isSo: (record: ImageRecord | undefined) => boolean,
): Promise<ImageRecord | undefined> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const record = await readRecord(tableName, imageId, table);
    if (isSo(record) || Date.now() >= until) return record;
    await sleep(LOOK_AGAIN_MS);
  }
}

function isOver(record: ImageRecord | undefined): boolean {
  return record !== undefined && ["PROCESSED", "REJECTED", "FAILED"].includes(record.status);
}

function whatBecame(record: ImageRecord | undefined, patienceMs: number): string {
  if (record === undefined)
    return `has no record after ${seconds(patienceMs)}: events of the bucket do not arrive, or start-execution does not work.`;
  const { rejection, error, execution } = record.lastAttempt ?? {};
  const why =
    rejection?.reason ?? (error && `${error.name}: ${error.message}`) ?? `for ${seconds(patienceMs)}`;
  return `is ${record.status}, ${why} Its execution: ${execution?.arn ?? "none"}`;
}

async function assertThere({ s3, processedBucket }: Pipeline, key: string): Promise<void> {
  try {
    await s3.send(new HeadObjectCommand({ Bucket: processedBucket, Key: key }));
  } catch (cause) {
    throw new CanaryFailed(`The record names ${key}, which cannot be read in the processed bucket.`, {
      cause,
    });
  }
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1000)} seconds`;
}
