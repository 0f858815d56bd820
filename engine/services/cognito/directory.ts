/** All pools of an engine, and what belongs to them. */
import { createHash } from "node:crypto";
import { notFound } from "./errors.ts";
import { type Client, type ClientConfig, Pool, type PoolConfig } from "./pool.ts";

const HOUR = 3600;

export class Directory {
  readonly pools = new Map<string, Pool>();
  readonly #region: string;
  readonly #accountId: string;

  constructor(region: string, accountId: string) {
    this.#region = region;
    this.#accountId = accountId;
  }

  addPool(config: PoolConfig): Pool {
    // The same ids at every start, so that an app's configuration stays right.
    const id = `${this.#region}_local${this.pools.size === 0 ? "" : this.pools.size + 1}`;
    const arn = `arn:aws:cognito-idp:${this.#region}:${this.#accountId}:userpool/${id}`;
    const pool = new Pool(id, arn, `cognito-idp.${this.#region}.amazonaws.com/${id}`, config);
    this.pools.set(id, pool);
    return pool;
  }

  addClient(config: ClientConfig): Client {
    const pool = this.pool(config.userPoolId);
    const client: Client = {
      // What Cognito has where nothing is said; it leaves ALLOW_USER_PASSWORD_AUTH out on purpose.
      authFlows: ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"],
      idTokenSeconds: HOUR,
      accessTokenSeconds: HOUR,
      refreshTokenSeconds: 30 * 24 * HOUR,
      hidesUserExistence: false,
      ...config,
      id: clientId(pool, config.name),
      pool,
    };
    pool.clients.set(client.id, client);
    return client;
  }

  addDomain({ domain, userPoolId }: { domain: string; userPoolId: string }): void {
    this.pool(userPoolId).domain = domain;
  }

  /** @throws ResourceNotFoundException */
  pool(id: string): Pool {
    const pool = this.pools.get(id);
    if (pool) return pool;
    throw notFound(`User pool ${id} does not exist.`);
  }

  poolOfIssuer(issuer: unknown): Pool | undefined {
    return [...this.pools.values()].find((pool) => pool.issuer === issuer);
  }

  /** @throws ResourceNotFoundException */
  client(id: string): Client {
    for (const pool of this.pools.values()) {
      const client = pool.clients.get(id);
      if (client) return client;
    }
    throw notFound(`User pool client ${id} does not exist.`);
  }
}

/** 26 lowercase letters and digits, like Cognito's. */
function clientId(pool: Pool, name: string): string {
  for (let attempt = pool.clients.size === 0 ? 0 : 1; ; attempt += 1) {
    const digest = createHash("sha256").update(`${pool.id} ${name} ${attempt}`).digest("hex");
    const id = BigInt(`0x${digest}`).toString(36).slice(-26);
    if (!pool.clients.has(id)) return id;
  }
}
