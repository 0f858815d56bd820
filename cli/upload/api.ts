/** A file through the REST API, as an application sends it: announced, put to the address that is given, and followed. */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { contentTypeOf, type ImageFile } from "../files.ts";

export interface Api {
  url: string;
  token: string;
}

export type ApiResult =
  | { outcome: "processed"; imageId: string; files: number; bytes: number }
  | { outcome: "rejected" | "failed"; reason: string };

const ticketSchema = z.object({
  imageId: z.string(),
  uploadUrl: z.string(),
  headers: z.record(z.string(), z.string()),
});
const imageSchema = z.object({
  status: z.string(),
  variants: z.array(z.object({ bytes: z.number() })),
  rejection: z.object({ reason: z.string() }).optional(),
  failure: z.string().optional(),
});
/** A problem of the API's, or a refusal of the gateway before it. */
const problemSchema = z.object({ detail: z.string().optional(), message: z.string().optional() });

const POLL_MS = 250;
/** A gateway that was asked too often is left alone for so long. */
const THROTTLED_MS = 1000;
/** An upload that is not being processed by then was ignored. */
const START_LIMIT_MS = 30_000;
/** Whether it is an image is told by its bytes; the API wants some type of image to be claimed. */
const UNKNOWN_TYPE = "image/x-unknown";

class Refused extends Error {}

/** Never throws for what the API says of the file. */
export async function sendThroughApi(file: ImageFile, api: Api): Promise<ApiResult> {
  try {
    const { imageId, uploadUrl, headers } = await announce(file, api);
    await put(file, uploadUrl, headers);
    return await untilDone(imageId, api);
  } catch (error) {
    if (error instanceof Refused) return { outcome: "rejected", reason: error.message };
    throw error;
  }
}

async function announce(file: ImageFile, api: Api): Promise<z.infer<typeof ticketSchema>> {
  const announced = {
    fileName: basename(file.path),
    contentType: contentTypeOf(file) ?? UNKNOWN_TYPE,
    bytes: file.bytes,
  };
  return ticketSchema.parse(await call(api, "POST", "/uploads", announced));
}

async function put(file: ImageFile, url: string, headers: Record<string, string>): Promise<void> {
  const response = await fetch(url, { method: "PUT", headers, body: await readFile(file.path) });
  const text = await response.text();
  if (response.ok) return;
  const message = /<Message>([^<]*)/.exec(text)?.[1] ?? `HTTP ${response.status}`;
  throw new Refused(`The upload was refused: ${message}`);
}

async function untilDone(imageId: string, api: Api): Promise<ApiResult> {
  const startLimit = Date.now() + START_LIMIT_MS;
  for (;;) {
    const image = imageSchema.parse(await call(api, "GET", `/images/${imageId}`));
    if (image.status === "PROCESSED") {
      const bytes = image.variants.reduce((sum, variant) => sum + variant.bytes, 0);
      return { outcome: "processed", imageId, files: image.variants.length, bytes };
    }
    if (image.status === "REJECTED") return { outcome: "rejected", reason: image.rejection?.reason ?? "" };
    if (image.status === "FAILED") return { outcome: "failed", reason: image.failure ?? "" };
    if (image.status === "PENDING" && Date.now() > startLimit)
      return { outcome: "failed", reason: "The pipeline ignored it: it is still pending." };
    await sleep(POLL_MS);
  }
}

async function call(api: Api, method: string, path: string, body?: object): Promise<unknown> {
  for (;;) {
    const response = await fetch(`${api.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${api.token}`,
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok) return answer;
    if (response.status === 429) {
      await sleep(THROTTLED_MS);
      continue;
    }
    const { detail, message } = problemSchema.safeParse(answer).data ?? {};
    throw new Refused(detail ?? message ?? `${method} ${path} was answered with HTTP ${response.status}.`);
  }
}
