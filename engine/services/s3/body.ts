/** The bytes of objects and parts: each body is a file of its own. Nothing but this file knows where they are. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createReadStream, createWriteStream, readdirSync, rmSync } from "node:fs";
import { rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { atPath } from "../../errors.ts";

/** Both ends included. */
export interface Range {
  start: number;
  end: number;
}

/** More than the usual 64 KB, because each step costs more than its bytes. */
const BYTES_AT_A_TIME = 512 * 1024;

export class Body {
  /** The file's name. */
  readonly id: string;
  /** Bytes. */
  readonly size: number;
  readonly #path: string;

  constructor(folder: string, { id, size }: Pick<Body, "id" | "size">) {
    this.id = id;
    this.size = size;
    this.#path = join(folder, id);
  }

  /** Who has opened it reads it to the end, though it is removed meanwhile; who does not read it has to destroy it. */
  async open(range: Range = { start: 0, end: this.size - 1 }): Promise<Readable> {
    if (this.size === 0) return Readable.from([]);
    const stream = createReadStream(this.#path, { ...range, highWaterMark: BYTES_AT_A_TIME });
    await once(stream, "open");
    return stream;
  }

  /** Nobody waits for it: what is left is an unused file in a folder of the engine's. */
  remove(): void {
    void unlink(this.#path).catch(() => undefined);
  }

  /** Runs a check that throws where the bytes are not wanted after all; they go then. */
  keepIf<T>(check: () => T): T {
    try {
      return check();
    } catch (error) {
      this.remove();
      throw error;
    }
  }
}

export class Bodies {
  readonly #folder: string;

  /** @param folder gets the files. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** One that an earlier engine kept. */
  restored(kept: Pick<Body, "id" | "size">): Body {
    return new Body(this.#folder, kept);
  }

  /** Uploads that never became an object, and objects whose removal came too late. */
  removeAllBut(ids: ReadonlySet<string>): void {
    for (const name of readdirSync(this.#folder)) if (!ids.has(name)) rmSync(join(this.#folder, name));
  }

  /** Writes what comes to a file; nothing is left of it where that ends with an error. */
  async keep(bytes: AsyncIterable<Uint8Array>): Promise<Body> {
    const id = randomUUID();
    const path = join(this.#folder, id);
    let size = 0;
    async function* counted() {
      for await (const chunk of bytes) {
        size += chunk.length;
        yield chunk;
      }
    }
    try {
      await pipeline(counted, createWriteStream(path, { flags: "wx", highWaterMark: BYTES_AT_A_TIME }));
    } catch (error) {
      await rm(path, { force: true });
      throw atPath(error, path);
    }
    return new Body(this.#folder, { id, size });
  }
}

/** The bytes of one after the other. */
export async function* joined(bodies: Body[]): AsyncGenerator<Uint8Array> {
  for (const body of bodies) yield* await body.open();
}
