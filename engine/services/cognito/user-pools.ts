/** All user pools of an engine: their users, their clients, and the keys that they sign with. */
import { createHash, randomUUID } from "node:crypto";
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from "jose";
import type { EngineContext } from "../../context.ts";
import { ServiceError } from "../../http/errors.ts";
import { KeptUsers } from "./kept.ts";
import type { ClientConfig, User } from "./types.ts";

const HOUR = 3600;

export class UserPools {
  readonly all: UserPool[] = [];
  readonly #region: string;
  readonly #accountId: string;
  readonly #kept: KeptUsers;

  constructor({ region, accountId, storage }: Pick<EngineContext, "region" | "accountId" | "storage">) {
    this.#region = region;
    this.#accountId = accountId;
    this.#kept = new KeptUsers(storage);
  }

  addPool(): UserPool {
    // The same ids at every start, so that an app's configuration stays right.
    const id = `${this.#region}_local${this.all.length === 0 ? "" : this.all.length + 1}`;
    const arn = `arn:aws:cognito-idp:${this.#region}:${this.#accountId}:userpool/${id}`;
    const pool = new UserPool(id, arn, `cognito-idp.${this.#region}.amazonaws.com/${id}`, this.#kept);
    this.all.push(pool);
    return pool;
  }

  /** @throws ResourceNotFoundException */
  addClient(config: ClientConfig): Client {
    const pool = this.pool(config.userPoolId);
    const client: Client = {
      idTokenSeconds: HOUR,
      accessTokenSeconds: HOUR,
      refreshTokenSeconds: 30 * 24 * HOUR,
      ...config,
      id: clientId(`${pool.id} ${config.name} ${pool.clients.length}`),
      pool,
    };
    pool.clients.push(client);
    return client;
  }

  /** @throws ResourceNotFoundException */
  pool(id: string): UserPool {
    const pool = this.all.find((one) => one.id === id);
    if (pool) return pool;
    throw new ServiceError("ResourceNotFoundException", `User pool ${id} does not exist.`);
  }

  /** The first client of all where no id is given. */
  client(id?: string): Client | undefined {
    return this.all.flatMap(({ clients }) => clients).find((client) => client.id === (id ?? client.id));
  }
}

export interface Client extends Required<ClientConfig> {
  id: string;
  pool: UserPool;
}

export interface SigningKeys {
  privateKey: CryptoKey;
  publicKey: CryptoKey;
  /** As `/.well-known/jwks.json` shows it. */
  jwk: JWK & { kid: string };
}

export class UserPool {
  readonly id: string;
  readonly arn: string;
  readonly endpoint: string;
  readonly clients: Client[] = [];
  readonly groups: string[] = [];
  /** The sign-in page serves pools with a domain only. */
  domain: string | undefined;
  readonly #kept: KeptUsers;
  /** By the address in lower case. */
  readonly #users = new Map<string, User>();
  /** Groups that users were taken out of, by `sub`. */
  readonly #left = new Map<string, Set<string>>();
  #keys: Promise<SigningKeys> | undefined;

  constructor(id: string, arn: string, endpoint: string, kept: KeptUsers) {
    this.id = id;
    this.arn = arn;
    this.endpoint = endpoint;
    this.#kept = kept;
    for (const user of kept.of(id)) this.#users.set(user.email.toLowerCase(), user);
  }

  get issuer(): string {
    return `https://${this.endpoint}`;
  }

  keys(): Promise<SigningKeys> {
    this.#keys ??= makeKeys();
    return this.#keys;
  }

  users(): User[] {
    return [...this.#users.values()];
  }

  /** By e-mail address or `sub`. */
  user(name: string): User | undefined {
    return this.#users.get(name.toLowerCase()) ?? this.users().find(({ sub }) => sub === name);
  }

  /** The user with that e-mail address, who comes into being where there is none. */
  userWithEmail(email: string): User {
    const known = this.#users.get(email.toLowerCase());
    if (known) return known;
    const user = { sub: randomUUID(), email, createdAt: new Date() };
    this.#users.set(email.toLowerCase(), user);
    this.#kept.added(this.id, user);
    return user;
  }

  /** Whoever has this machine may do all that is done on it: people are in every group, unless they were taken out of it. */
  groupsOf({ sub }: User): string[] {
    return this.groups.filter((group) => !this.#left.get(sub)?.has(group));
  }

  addToGroup({ sub }: User, group: string): void {
    this.#left.get(sub)?.delete(group);
  }

  removeFromGroup({ sub }: User, group: string): void {
    const left = this.#left.get(sub) ?? new Set();
    this.#left.set(sub, left.add(group));
  }

  removeUser({ email, sub }: User): void {
    this.#users.delete(email.toLowerCase());
    this.#kept.removed(sub);
  }
}

/** 26 lowercase letters and digits, like Cognito's. */
function clientId(seed: string): string {
  const digest = createHash("sha256").update(seed).digest("hex");
  return BigInt(`0x${digest}`).toString(36).slice(-26);
}

async function makeKeys(): Promise<SigningKeys> {
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  return { privateKey, publicKey, jwk: { ...jwk, alg: "RS256", use: "sig", kid } };
}
