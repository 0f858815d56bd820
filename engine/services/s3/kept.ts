/** What S3 writes down for the next engine: the versions of each key, and the events that nobody has been told of yet. */
import { randomUUID } from "node:crypto";
import * as z from "zod";
import type { Journal } from "../../journal.ts";
import type { Storage } from "../../storage.ts";
import type { Bodies } from "./body.ts";
import type { Version, VersionKeeper } from "./store.ts";

export interface Message {
  queueArn: string;
  body: string;
}

const common = { key: z.string(), versionId: z.string(), lastModified: z.coerce.date() };

const versionSchema = z.discriminatedUnion("deleteMarker", [
  z.object({ ...common, deleteMarker: z.literal(true) }),
  z.object({
    ...common,
    deleteMarker: z.literal(false),
    body: z.object({ id: z.string(), size: z.number() }),
    etag: z.string(),
    headers: z.record(z.string(), z.string()),
    checksum: z
      .object({
        algorithm: z.enum(["crc32", "crc32c", "crc64nvme", "sha1", "sha256"]),
        value: z.string(),
        type: z.enum(["FULL_OBJECT", "COMPOSITE"]),
      })
      .exactOptional(),
    parts: z.array(z.number()).exactOptional(),
    tags: z.array(z.tuple([z.string(), z.string()])).exactOptional(),
  }),
]);

/** Each says all of what it is about, so that the last one counts. */
const entrySchema = z.union([
  z.object({ bucket: z.string(), key: z.string(), versions: z.array(versionSchema) }),
  z.object({ event: z.string(), messages: z.array(z.object({ queueArn: z.string(), body: z.string() })) }),
]);

type Entry = z.infer<typeof entrySchema>;

export class KeptObjects implements VersionKeeper {
  readonly #bodies: Bodies;
  readonly #journal: Journal<Entry>;
  readonly #buckets = new Map<string, Map<string, Version[]>>();
  readonly #events = new Map<string, Message[]>();

  constructor(storage: Storage, bodies: Bodies) {
    this.#bodies = bodies;
    this.#journal = storage.journal("s3", {
      schema: entrySchema,
      apply: (entry) => this.#apply(entry),
      snapshot: () => this.#snapshot(),
    });
    bodies.removeAllBut(this.#files());
  }

  keysOf(bucket: string): Map<string, Version[]> {
    const keys = this.#buckets.get(bucket) ?? new Map<string, Version[]>();
    this.#buckets.set(bucket, keys);
    return keys;
  }

  changed(bucket: string, key: string): void {
    this.#journal.append({ bucket, key, versions: this.keysOf(bucket).get(key) ?? [] });
  }

  /** Tells; who is not told because the engine is killed is told by the next one. */
  async whileTelling(messages: Message[], tell: (message: Message) => Promise<unknown>): Promise<void> {
    const event = randomUUID();
    this.#journal.append({ event, messages });
    try {
      await Promise.all(messages.map(tell));
    } finally {
      this.#journal.append({ event, messages: [] });
    }
  }

  /** A queue that the stack has no more is not told. */
  async tellRest(tell: (message: Message) => Promise<unknown>): Promise<void> {
    for (const [event, messages] of this.#events) {
      await Promise.allSettled(messages.map(tell));
      this.#journal.append({ event, messages: [] });
    }
    this.#events.clear();
  }

  #apply(entry: Entry): void {
    if ("event" in entry) {
      if (entry.messages.length === 0) this.#events.delete(entry.event);
      else this.#events.set(entry.event, entry.messages);
      return;
    }
    const { bucket, key } = entry;
    const versions = entry.versions.map((version): Version => {
      return version.deleteMarker ? version : { ...version, body: this.#bodies.restored(version.body) };
    });
    if (versions.length === 0) this.keysOf(bucket).delete(key);
    else this.keysOf(bucket).set(key, versions);
  }

  *#snapshot(): Generator<Entry> {
    for (const [bucket, keys] of this.#buckets)
      for (const [key, versions] of keys) yield { bucket, key, versions };
    for (const [event, messages] of this.#events) yield { event, messages };
  }

  #files(): Set<string> {
    const versions = [...this.#buckets.values()].flatMap((keys) => [...keys.values()].flat());
    return new Set(versions.flatMap((version) => (version.deleteMarker ? [] : version.body.id)));
  }
}
