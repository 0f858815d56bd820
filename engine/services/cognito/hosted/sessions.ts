/** Who is signed in to the hosted pages with which browser. */
import { randomBytes } from "node:crypto";
import { Expiring } from "../expiring.ts";
import type { Pool, User } from "../pool.ts";
import type { Exchange } from "./exchange.ts";

export interface Session {
  user: User;
  /** Seconds. */
  authTime: number;
}

const COOKIE_NAME = "cognito";
/** As long as Cognito's. */
const SESSION_SECONDS = 3600;

export class Sessions {
  readonly #sessions = new Expiring<Session>();

  /** The person has just shown that they know the password. A new identifier each time, so that none can be planted. */
  start(exchange: Exchange, user: User): Session {
    this.end(exchange);
    const id = randomBytes(32).toString("base64url");
    const session = { user, authTime: Math.floor(Date.now() / 1000) };
    this.#sessions.set(id, session, SESSION_SECONDS);
    this.#setCookie(exchange, id, SESSION_SECONDS);
    return session;
  }

  of(exchange: Exchange, pool: Pool): Session | undefined {
    const session = this.#sessions.get(exchange.cookie(COOKIE_NAME) ?? "");
    // An account of another pool, or one that was deleted, is not there.
    return session && pool.user(session.user.sub) === session.user ? session : undefined;
  }

  end(exchange: Exchange): void {
    this.#sessions.delete(exchange.cookie(COOKIE_NAME) ?? "");
    this.#setCookie(exchange, "", 0);
  }

  /** Everywhere, such as when the password was reset. */
  endAll(user: User): void {
    this.#sessions.deleteWhere((session) => session.user === user);
  }

  #setCookie({ response }: Exchange, value: string, seconds: number): void {
    // Lax: apps on other sites send people here. Not Secure: there is no TLS on this machine.
    const attributes = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}`;
    response.setHeader("set-cookie", `${COOKIE_NAME}=${value}; ${attributes}`);
  }
}
