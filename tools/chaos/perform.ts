/** Does to an image what the plan says, as a person, an application or an operator does it: again, until it is done. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { putBack } from "../../cli/rollback/put-back.ts";
import { errorText } from "../../cli/text.ts";
import { imageIdOf } from "../../functions/shared/keys.ts";
import type { Asked, Operation } from "./plan.ts";
import type { Running } from "./running.ts";

export interface Api {
  url: string;
  accessToken: string;
}

/** What was done to images, for whoever wants to know why one is not what it should be. */
export class History {
  readonly #entries: { key: string; what: string; atMs: number }[] = [];
  readonly #startedAt = performance.now();
  /** By key: how often it was asked for another execution than that of an upload. */
  readonly reprocessings = new Map<string, number>();

  note(key: string, what: string): void {
    this.#entries.push({ key, what, atMs: Math.round(performance.now() - this.#startedAt) });
  }

  noteReprocessing(key: string): void {
    this.reprocessings.set(key, (this.reprocessings.get(key) ?? 0) + 1);
  }

  /** @param what an entry begins with. */
  has(key: string, what: string): boolean {
    return this.#entries.some((entry) => entry.key === key && entry.what.startsWith(what));
  }

  of(key: string): string[] {
    return this.#entries.filter((entry) => entry.key === key).map(({ what, atMs }) => `${atMs} ms: ${what}`);
  }
}

const PERHAPS_SWAPPED = "swapped, or not";

const REQUESTS: Record<Asked, [method: string, path: string]> = {
  "API delete": ["DELETE", ""],
  "API reprocess": ["POST", "/reprocess"],
  "API publish": ["POST", "/publish"],
  "API take back": ["DELETE", "/publish"],
};

/** What `History` has of a rollback that was made, or broken off and perhaps made: begins so. */
export const ROLLED_BACK = "rollback: swapped";
/** Of one that was broken off. */
export const BROKEN_OFF = `rollback: ${PERHAPS_SWAPPED}`;

export async function perform(
  operation: Operation,
  running: Running,
  api: Api,
  history: History,
): Promise<void> {
  const { key, kind } = operation;
  const note = (what: string) => history.note(key, `${kind}: ${what}`);
  const { s3 } = running.clients;
  const Bucket = running.names.original;
  const remove = () => insist(() => s3.send(new DeleteObjectCommand({ Bucket, Key: key })));
  switch (operation.kind) {
    case "upload": {
      const { bytes, width } = operation.picture;
      const put = new PutObjectCommand({ Bucket, Key: key, Body: bytes });
      const { VersionId } = await insist(() => s3.send(put));
      return note(`${width === undefined ? "damaged" : `${width} pixels wide`}, ${VersionId}`);
    }
    case "delete":
      await remove();
      return note("done");
    case "move": {
      const CopySource = `${Bucket}/${encodeURIComponent(key)}`;
      const copy = new CopyObjectCommand({ Bucket, Key: operation.to, CopySource });
      const copied = await insist(() => s3.send(copy)).catch((error: unknown) => {
        if (error instanceof S3ServiceException && error.name === "NoSuchKey") return undefined;
        throw error;
      });
      if (copied === undefined) return note("there is nothing to move");
      history.note(operation.to, `moved here: ${copied.VersionId}`);
      if (operation.to !== key) await remove();
      return note("done");
    }
    case "reprocess":
      await askAgain(key, running, history);
      return note("sent");
    case "rollback": {
      const shelf = {
        ...running.clients,
        tableName: running.names.table,
        processedBucket: running.names.processed,
      };
      // It may be refused, because something else is happening to the image, or half done: it says what to do.
      const done = await putBack(key, shelf, false).catch(
        (error: unknown) => `${PERHAPS_SWAPPED}: ${errorText(error)}`,
      );
      return note(done);
    }
    default: {
      const [method, path] = REQUESTS[operation.kind];
      const before = () => {
        if (operation.kind === "API reprocess") history.noteReprocessing(key);
      };
      return note(await ask(api, method, `/images/${imageIdOf(key)}${path}`, before));
    }
  }
}

/** With the message that `npm run reprocess` sends. */
export async function askAgain(
  key: string,
  { clients, names, engine }: Running,
  history: History,
): Promise<void> {
  history.noteReprocessing(key);
  const reprocess = { bucket: names.original, key, run: randomUUID() };
  const MessageBody = JSON.stringify({ reprocess });
  await clients.sqs.send(new SendMessageCommand({ QueueUrl: engine.outputs.queue_url, MessageBody }));
}

const MOST_TRIES = 30;
const BETWEEN_TRIES_MS = 50;

/** The SDK gives up after three errors of the service, or lost answers. */
async function insist<T>(send: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      const isRefused = error instanceof S3ServiceException && (error.$metadata.httpStatusCode ?? 500) < 500;
      if (isRefused || attempt === MOST_TRIES) throw error;
      await sleep(BETWEEN_TRIES_MS);
    }
  }
}

async function ask(api: Api, method: string, path: string, before: () => void): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    before();
    const { status } = await fetch(`${api.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${api.accessToken}` },
    });
    if (status < 429) return String(status);
    if (attempt === MOST_TRIES) throw new Error(`${method} ${path} was answered with ${status} each time.`);
    await sleep(BETWEEN_TRIES_MS);
  }
}
