/**
 * The access keys that the engine gives out: each function signs with one of its own, and whoever takes on a role with those of that
 * session, so that the endpoint can tell who calls.
 */
import { createHash, randomBytes } from "node:crypto";
import type { Caller } from "../iam/index.ts";

export interface AccessKey {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  /** The function that it was given to; none where it is a session's. */
  functionName?: string;
  session?: Session;
}

/** A role that somebody has taken on for a while. */
export interface Session {
  caller: Caller;
  expiresAt: Date;
}

export class AccessKeys {
  readonly #ofFunctions = new Map<string, AccessKey>();
  /** In the order in which they were made. */
  readonly #ofSessions = new Map<string, AccessKey & { session: Session }>();

  /** The same function gets the same key again. */
  issue(functionName: string): AccessKey {
    const hash = createHash("sha256").update(functionName).digest("hex").slice(0, 16).toUpperCase();
    const accessKeyId = `ASIA${hash}`;
    const key = this.#ofFunctions.get(accessKeyId) ?? { accessKeyId, functionName, ...secrets() };
    this.#ofFunctions.set(accessKeyId, key);
    return key;
  }

  issueForSession(session: Session): AccessKey {
    this.#forgetExpired();
    const accessKeyId = `ASIA${randomBytes(8).toString("hex").toUpperCase()}`;
    const key = { accessKeyId, session, ...secrets() };
    this.#ofSessions.set(accessKeyId, key);
    return key;
  }

  /** Undefined for a key that somebody made up, as anyone may on this machine. */
  find(accessKeyId: string): AccessKey | undefined {
    return this.#ofFunctions.get(accessKeyId) ?? this.#ofSessions.get(accessKeyId);
  }

  /** For a day they are known, and refused: one that nobody knows would be taken for the administrator's. */
  #forgetExpired(): void {
    const dayAgo = Date.now() - 24 * 60 * 60 * 1000;
    for (const [id, { session }] of this.#ofSessions) {
      if (session.expiresAt.getTime() > dayAgo) return;
      this.#ofSessions.delete(id);
    }
  }
}

function secrets(): Pick<AccessKey, "secretAccessKey" | "sessionToken"> {
  return {
    secretAccessKey: randomBytes(30).toString("base64"),
    sessionToken: randomBytes(60).toString("base64"),
  };
}
