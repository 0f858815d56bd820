/** Authorization codes, and the tokens that each is exchanged for, once: RFC 6749 section 4.1.3, RFC 7636 section 4.6. */
import { createHash, randomBytes } from "node:crypto";
import { OAuthError } from "../errors.ts";
import type { Tokens } from "../tokens.ts";
import type { TokenSet, User } from "../types.ts";
import type { Client } from "../user-pools.ts";
import type { Authorization } from "./authorization.ts";

/** As long as Cognito's. */
const CODE_LIFETIME_MS = 300_000;

export class Codes {
  readonly #tokens: Tokens;
  readonly #issued = new Map<string, { authorization: Authorization; user: User; expiresAt: number }>();

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
  }

  issue(authorization: Authorization, user: User): string {
    const code = randomBytes(32).toString("base64url");
    this.#issued.set(code, { authorization, user, expiresAt: Date.now() + CODE_LIFETIME_MS });
    return code;
  }

  /** @throws OAuthError */
  async exchange(client: Client, form: URLSearchParams): Promise<TokenSet> {
    const refuse = (description: string) => new OAuthError("invalid_grant", description);
    const code = form.get("code") ?? "";
    const issued = this.#issued.get(code);
    // Whoever shows it, rightly or not, shows it for the last time.
    this.#issued.delete(code);
    if (!issued || issued.expiresAt <= Date.now())
      throw refuse("The code is unknown, was used already, or has expired.");
    const { authorization, user } = issued;
    const { scopes, nonce, redirectUri, challenge } = authorization;
    if (authorization.client !== client) throw refuse("The code was given to another client.");
    if (redirectUri !== form.get("redirect_uri"))
      throw refuse("redirect_uri is not the one that the code was sent to.");
    if (!provesChallenge(form.get("code_verifier") ?? "", challenge))
      throw refuse("code_verifier does not match the code_challenge.");
    if (client.pool.user(user.sub) !== user) throw refuse("The user is gone.");
    return this.#tokens.issue({ client, user, scopes, nonce });
  }
}

function provesChallenge(verifier: string, challenge: string): boolean {
  const digest = createHash("sha256").update(verifier).digest("base64url");
  return /^[\w.~-]{43,128}$/.test(verifier) && digest === challenge;
}
