/**
 * Uploads in parts: what was announced, and the requests to S3 of such an upload, signed one by one. What they may send was said in
 * the announcement: each part has one size, and all parts together the file's.
 */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { BodyOf } from "../api/contract.ts";
import { linkExpiry, signed, uploadHeaders, uploadLink } from "../api/links.ts";
import { Problem } from "../api/problem.ts";
import { environmentVariable } from "../shared/settings.ts";
import { table } from "../shared/table.ts";

/** The least that S3 takes, and what Uppy sends. */
export const PART_BYTES = 5 * 1024 * 1024;

/** How long somebody may take for all parts. What is left of them is deleted by the bucket's lifecycle. */
export const PARTS_SECONDS = 24 * 60 * 60;

const announcedSchema = z.object({
  key: z.string(),
  bytes: z.int(),
  contentType: z.string(),
  metadata: z.record(z.string(), z.string()),
});
type Announced = z.infer<typeof announcedSchema>;

/** Beside what its owner has used: a function that takes files in reads that table already, and no image's record. */
function itemKey(owner: string, imageId: string) {
  return { owner, period: `upload#${imageId}` };
}

export async function rememberAnnounced(owner: string, imageId: string, announced: Announced): Promise<void> {
  await table.send(
    new UpdateCommand({
      TableName: environmentVariable("USAGE_TABLE"),
      Key: itemKey(owner, imageId),
      UpdateExpression: "SET #announced = :announced, #expiresAt = :expiresAt",
      ExpressionAttributeNames: { "#announced": "announced", "#expiresAt": "expiresAt" },
      ExpressionAttributeValues: {
        ":announced": announced,
        ":expiresAt": Math.floor(Date.now() / 1000) + PARTS_SECONDS,
      },
    }),
  );
}

/** @throws Problem (404) when it was not announced by this owner, in parts, within a day. */
export async function readAnnounced(owner: string, imageId: string): Promise<Announced> {
  const TableName = environmentVariable("USAGE_TABLE");
  const { Item } = await table.send(
    new GetCommand({ TableName, Key: itemKey(owner, imageId), ConsistentRead: true }),
  );
  const item = z.object({ announced: announcedSchema, expiresAt: z.int() }).optional().parse(Item);
  if (item === undefined || item.expiresAt * 1000 < Date.now())
    throw new Problem(
      404,
      "You have announced no such upload in parts within the last day. Announce it by POST /uploads, with inParts.",
    );
  return item.announced;
}

/** @throws Problem (400) for a part that the file does not have. */
export async function signRequest(
  bucket: string,
  announced: Announced,
  request: BodyOf<"POST /uploads/{imageId}/signatures">,
) {
  const { key } = announced;
  const { url, headers } = await signRequestOf(announced, { Bucket: bucket, Key: key }, request);
  return { url, key, headers, expiresAt: linkExpiry() };
}

async function signRequestOf(
  { bytes, contentType, metadata }: Announced,
  object: { Bucket: string; Key: string },
  request: BodyOf<"POST /uploads/{imageId}/signatures">,
): Promise<{ url: string; headers: Record<string, string> }> {
  if (!("uploadId" in request)) {
    const headers = uploadHeaders(contentType, metadata);
    if (request.method === "PUT")
      return { url: await uploadLink(object.Bucket, object.Key, { bytes, contentType, metadata }), headers };
    const create = new CreateMultipartUploadCommand({
      ...object,
      ContentType: contentType,
      Metadata: metadata,
    });
    return { url: await signed(create, Object.keys(headers)), headers };
  }
  const upload = { ...object, UploadId: request.uploadId };
  switch (request.method) {
    case "PUT": {
      const { partNumber: PartNumber } = request;
      const ContentLength = bytesOfPart(bytes, PartNumber);
      const part = new UploadPartCommand({ ...upload, PartNumber, ContentLength });
      return { url: await signed(part, ["content-length"]), headers: {} };
    }
    case "GET":
      return { url: await signed(new ListPartsCommand(upload), []), headers: {} };
    case "POST": {
      // S3 refuses to make an object of another size: what is missing cannot be left out. And it makes one, however many uploads were begun.
      const headers = { "x-amz-mp-object-size": String(bytes), "if-none-match": "*" };
      const complete = new CompleteMultipartUploadCommand({
        ...upload,
        MpuObjectSize: bytes,
        IfNoneMatch: "*",
      });
      return { url: await signed(complete, Object.keys(headers)), headers };
    }
    case "DELETE":
      return { url: await signed(new AbortMultipartUploadCommand(upload), []), headers: {} };
  }
}

/** All are as large, but for the last. @throws Problem (400) */
function bytesOfPart(bytes: number, partNumber: number): number {
  const parts = Math.ceil(bytes / PART_BYTES);
  if (partNumber > parts)
    throw new Problem(
      400,
      `The file has ${parts} parts of ${PART_BYTES.toLocaleString("en-US")} bytes; there is no part ${partNumber}.`,
    );
  return partNumber < parts ? PART_BYTES : bytes - (parts - 1) * PART_BYTES;
}
