/** The access keys that the engine gives out: each function signs with one of its own, so that the endpoint can tell who calls. */
import { createHash, randomBytes } from "node:crypto";

export interface AccessKey {
  /** Who it was given to. */
  owner: string;
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

export class AccessKeys {
  readonly #issued = new Map<string, AccessKey>();

  /** The same owner gets the same key again. */
  issue(owner: string): AccessKey {
    const hash = createHash("sha256").update(owner).digest("hex").slice(0, 16).toUpperCase();
    const accessKeyId = `ASIA${hash}`;
    const key = this.#issued.get(accessKeyId) ?? {
      owner,
      accessKeyId,
      secretAccessKey: randomBytes(30).toString("base64"),
      sessionToken: randomBytes(60).toString("base64"),
    };
    this.#issued.set(accessKeyId, key);
    return key;
  }

  /** Undefined for a key that somebody made up, as anyone may on this machine. */
  find(accessKeyId: string): AccessKey | undefined {
    return this.#issued.get(accessKeyId);
  }
}
