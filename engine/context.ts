/** What every service of an engine is given: where it is, and what all of them share. */
import type { EventEmitter } from "node:events";
import type { Cache } from "./cache.ts";
import type { EngineEvents } from "./events.ts";
import type { Faults } from "./faults.ts";
import type { AccessKeys } from "./http/credentials.ts";
import type { Permissions } from "./iam/index.ts";
import type { Storage } from "./storage.ts";

export interface EngineContext {
  region: string;
  accountId: string;
  /** Where all servers listen. */
  host: string;
  /** Of AWS tools and SDKs; asked for when it is needed, because it opens after the services are made. */
  endpoint(): string;
  /** A temporary folder of this engine's own. */
  folder: string;
  storage: Storage;
  /** For what every engine makes alike. */
  cache: Cache;
  /** What the waits before retries are multiplied by: 1 waits as AWS does, 0 not at all. */
  retryScale: number;
  faults: Faults;
  keys: AccessKeys;
  permissions: Permissions;
  events: EventEmitter<EngineEvents>;
  /** Of pages elsewhere that may use the engine, because the stack names them for CORS. */
  origins: Set<string>;
}
