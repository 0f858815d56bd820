/** The pairs of keys that sign. Their private halves leave this engine for its data folder only, if it has one. */
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Storage } from "../../storage.ts";

export interface KeyPair {
  id: string;
  arn: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
}

export class KeyPairs {
  readonly #storage: Storage;
  readonly #pairs: KeyPair[] = [];

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** That of an earlier engine, or a new one. */
  async create(id: string, arn: string): Promise<void> {
    const privateKey = (await this.#kept(id)) ?? (await this.#made(id));
    this.#pairs.push({ id, arn, privateKey, publicKey: createPublicKey(privateKey) });
  }

  find(idOrArn: string): KeyPair | undefined {
    return this.#pairs.find(({ id, arn }) => id === idOrArn || arn === idOrArn);
  }

  async #kept(id: string): Promise<KeyObject | undefined> {
    if (!this.#storage.isLasting) return undefined;
    const text = await readFile(this.#file(id), "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
    return text === undefined ? undefined : createPrivateKey(text);
  }

  async #made(id: string): Promise<KeyObject> {
    const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
    if (this.#storage.isLasting)
      await writeFile(this.#file(id), privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    return privateKey;
  }

  #file(id: string): string {
    return join(this.#storage.folder("keys"), `${id}.pem`);
  }
}
