/** The two ways into the pipeline that runs: the bucket, and the REST API. */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isThrottlingError, isTransientError } from "@smithy/core/retry";
import * as z from "zod";
import { imageIdOf, ownerOf, publishedPrefix } from "../functions/shared/keys.ts";
import { type About, connect, endpointOption } from "./client.ts";
import { contentTypeOf, type ImageFile, upload } from "./files.ts";
import { readRecord, type Shown, shownOf, shownSchema } from "./results.ts";
import { errorText, quoted } from "./text.ts";

/** A way into the pipeline. */
export interface Sender {
  send(file: ImageFile): Promise<Sent>;
  close(): void;
}

export interface Sent {
  /** What is recorded of this upload so far; undefined while nothing is, and it waits to be processed. */
  look(): Promise<Shown | "superseded" | undefined>;
  /** A command that shows what came of it. */
  show: string;
  /** A command that tells how that was, or how far it is. */
  explain: string;
}

/** With the reason, as the API tells it. */
export class Refused extends Error {
  override name = "Refused";
}

/** Nobody answers, or not well: an engine that is started again does for a while. */
class Unavailable extends Error {
  override name = "Unavailable";
}

/** Uploads of objects. The record of an image is there already when it is overwritten: it tells which version it is about. */
export function bucketOf({ region, outputs }: About, endpoint: string): Sender {
  const { original_bucket_name: original, processed_bucket_name: processed } = outputs;
  const clients = connect({ endpoint, region });
  return {
    async send(file) {
      const version = await patiently(() => upload(file, original, clients));
      const sentAt = Date.now();
      const imageId = imageIdOf(file.key);
      return {
        async look() {
          const record = await patiently(() => readRecord(clients, outputs.metadata_table_name, imageId));
          const { versionId, etag } = record?.original ?? {};
          if (record && versionId === version.versionId && etag === version.etag) return shownOf(record);
          const isNewer = record !== undefined && Date.parse(record.uploadedAt) > sentAt;
          return isNewer ? "superseded" : undefined;
        },
        show: `aws --endpoint-url ${endpoint} s3 ls --recursive s3://${processed}/${publishedPrefix({ imageId, owner: ownerOf(file.key) })}`,
        explain: `npm run explain -- ${endpointOption(endpoint)}--key ${quoted(file.key)}`,
      };
    },
    close: () => clients.close(),
  };
}

const ticketSchema = z.object({
  imageId: z.string(),
  uploadUrl: z.string(),
  headers: z.record(z.string(), z.string()),
});
/** A problem of the API's, or a refusal of the gateway before it. */
const problemSchema = z.object({ detail: z.string().optional(), message: z.string().optional() });

/** Whoever was asked too often, or does not answer, is left alone for so long. */
const LEFT_ALONE_MS = 1000;
/** What a file is whose name does not say it is told by its bytes; the API wants a type that it takes to be claimed. */
const UNKNOWN_TYPE = "image/jpeg";

/** As an application sends files, and as the engine's test user: announced, and put to the address that is given. */
export function apiOf({ apiUrl }: About, endpoint: string): Sender {
  const tokenPage = new URL("/_engine/token", endpoint).href;
  const api: Api = { url: apiUrl.replace(/\/$/, ""), tokenPage, token: undefined };
  return {
    async send(file) {
      const ticket = ticketSchema.parse(await call(api, "POST", "/uploads", announcementOf(file)));
      await patiently(() => put(file, ticket));
      const path = `/images/${ticket.imageId}`;
      return {
        async look() {
          const shown = shownSchema.parse(await call(api, "GET", path));
          return shown.status === "PENDING" ? undefined : shown;
        },
        show: `curl -H "Authorization: Bearer $(curl -s ${tokenPage})" ${api.url}${path}`,
        explain: `npm run explain -- ${endpointOption(endpoint)}--id ${ticket.imageId}`,
      };
    },
    close: () => undefined,
  };
}

function announcementOf(file: ImageFile): object {
  const contentType = contentTypeOf(file.path) ?? UNKNOWN_TYPE;
  return { fileName: basename(file.path), contentType, bytes: file.bytes };
}

async function put(file: ImageFile, { uploadUrl, headers }: z.infer<typeof ticketSchema>): Promise<void> {
  const response = await reach(uploadUrl, { method: "PUT", headers, body: await readFile(file.path) });
  const text = await response.text();
  // It is there already: the answer to a try before was lost.
  if (response.ok || response.status === 412) return;
  const message = /<Message>([^<]*)/.exec(text)?.[1] ?? `HTTP ${response.status}`;
  refuse(response, `The upload was refused: ${message}`);
}

interface Api {
  url: string;
  tokenPage: string;
  /** Undefined while there is none, and once it is not taken any more: an engine that is started again knows none of before. */
  token: string | undefined;
}

function call(api: Api, method: string, path: string, body?: object): Promise<unknown> {
  return patiently(() => callOnce(api, method, path, body));
}

async function callOnce(api: Api, method: string, path: string, body?: object): Promise<unknown> {
  api.token ??= await (await reach(api.tokenPage, {})).text();
  const headers = {
    authorization: `Bearer ${api.token}`,
    ...(body !== undefined && { "content-type": "application/json" }),
  };
  for (;;) {
    const response = await reach(`${api.url}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok) return answer;
    if (response.status === 429) {
      await sleep(LEFT_ALONE_MS);
      continue;
    }
    if (response.status === 401) {
      api.token = undefined;
      throw new Unavailable("The engine's test user is not let in.");
    }
    const { detail, message } = problemSchema.safeParse(answer).data ?? {};
    refuse(response, detail ?? message ?? `${method} ${path} was answered with HTTP ${response.status}.`);
  }
}

function reach(page: string, request: RequestInit): Promise<Response> {
  return fetch(page, request).catch((cause: unknown) => {
    throw new Unavailable(errorText(cause), { cause });
  });
}

function refuse({ status }: Response, reason: string): never {
  throw status >= 500 ? new Unavailable(reason) : new Refused(reason);
}

/** As long as an engine may take to be started again. */
const PATIENCE_MS = 30_000;

/** Tries again what may pass. */
async function patiently<Result>(work: () => Promise<Result>): Promise<Result> {
  const began = performance.now();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!mayPass(error) || performance.now() - began > PATIENCE_MS) throw error;
      await sleep(LEFT_ALONE_MS);
    }
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof Unavailable) return true;
  return isError(error) && (isTransientError(error) || isThrottlingError(error));
}

/** What the SDK's errors have besides may be missing. */
function isError(error: unknown): error is Parameters<typeof isTransientError>[0] {
  return error instanceof Error;
}
