/** A user pool: its users, its clients, and the key that it signs with. */
import { randomUUID } from "node:crypto";
import {
  type CryptoKey,
  calculateJwkThumbprint,
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from "jose";
import { CognitoError } from "./errors.ts";
import type { HashedPassword, PasswordPolicy } from "./passwords.ts";

export interface PoolConfig {
  name: string;
  /** Cognito's own where it is left out: eight characters of all four kinds. */
  passwordPolicy?: PasswordPolicy;
  /** Whether people may sign up by themselves; true when left out. */
  selfSignUp?: boolean;
  /** Whether `A@example.org` is another user than `a@example.org`; true when left out, as with Cognito. */
  caseSensitive?: boolean;
  /** Names without `custom:`. */
  customAttributes?: string[];
}

export interface ClientConfig {
  name: string;
  userPoolId: string;
  callbackUrls: string[];
  logoutUrls: string[];
  scopes: string[];
  /** Such as `code`; without it the hosted pages refuse the client. */
  oauthFlows: string[];
  /** Such as `ALLOW_USER_PASSWORD_AUTH`. */
  authFlows?: string[];
  /** One hour when left out. */
  idTokenSeconds?: number;
  /** One hour when left out. */
  accessTokenSeconds?: number;
  /** 30 days when left out. */
  refreshTokenSeconds?: number;
  /** Whether an unknown e-mail address fails like a wrong password. */
  hidesUserExistence?: boolean;
}

export interface Client extends Required<ClientConfig> {
  id: string;
  pool: Pool;
}

export interface Code {
  purpose: "confirm" | "reset";
  digits: string;
  expiresAt: number;
  wrongTries: number;
}

export interface User {
  /** Also the user name: people are known by their e-mail addresses here, and Cognito then makes names up. */
  sub: string;
  /** `email`, `email_verified` and whatever else there is, but not `sub`. */
  attributes: Map<string, string>;
  password?: HashedPassword;
  status: "UNCONFIRMED" | "CONFIRMED" | "FORCE_CHANGE_PASSWORD";
  code?: Code;
  createdAt: number;
  modifiedAt: number;
}

export interface SigningKeys {
  keyId: string;
  privateKey: CryptoKey;
  /** As `/.well-known/jwks.json` shows it. */
  jwks: JSONWebKeySet;
  /** The same, to verify with. */
  keySet: JWTVerifyGetKey;
}

export class Pool {
  readonly id: string;
  readonly arn: string;
  readonly endpoint: string;
  readonly config: PoolConfig;
  readonly createdAt = Date.now();
  readonly clients = new Map<string, Client>();
  /** The hosted pages serve pools with a domain only. */
  domain: string | undefined;
  readonly #users = new Map<string, User>();
  readonly #subs = new Map<string, string>();
  #keys: Promise<SigningKeys> | undefined;

  constructor(id: string, arn: string, endpoint: string, config: PoolConfig) {
    this.id = id;
    this.arn = arn;
    this.endpoint = endpoint;
    this.config = config;
  }

  get issuer(): string {
    return `https://${this.endpoint}`;
  }

  keys(): Promise<SigningKeys> {
    this.#keys ??= makeKeys();
    return this.#keys;
  }

  /** @throws UsernameExistsException */
  addUser(email: string, status: User["status"], attributes: Record<string, string>): User {
    if (this.#subs.has(this.#known(email))) {
      throw new CognitoError("UsernameExistsException", "An account with the given email already exists.");
    }
    const now = Date.now();
    const user: User = {
      sub: randomUUID(),
      attributes: new Map([...Object.entries(attributes), ["email", email]]),
      status,
      createdAt: now,
      modifiedAt: now,
    };
    this.#users.set(user.sub, user);
    this.#subs.set(this.#known(email), user.sub);
    return user;
  }

  /** By e-mail address or `sub`. */
  user(name: string): User | undefined {
    return this.#users.get(this.#subs.get(this.#known(name)) ?? name);
  }

  users(): User[] {
    return [...this.#users.values()];
  }

  removeUser(user: User): void {
    this.#users.delete(user.sub);
    this.#subs.delete(this.#known(emailOf(user)));
  }

  #known(email: string): string {
    return this.config.caseSensitive === false ? email.toLowerCase() : email;
  }
}

export function emailOf(user: User): string {
  return user.attributes.get("email") ?? "";
}

async function makeKeys(): Promise<SigningKeys> {
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const jwk = await exportJWK(publicKey);
  const keyId = await calculateJwkThumbprint(jwk);
  const jwks = { keys: [{ ...jwk, alg: "RS256", use: "sig", kid: keyId }] };
  return { keyId, privateKey, jwks, keySet: createLocalJWKSet(jwks) };
}
