/** What the handlers of the hosted pages have at hand. */
import type { Accounts } from "../accounts.ts";
import type { Directory } from "../directory.ts";
import type { Expiring } from "../expiring.ts";
import type { Tokens } from "../tokens.ts";
import type { Authorization } from "./authorization.ts";
import type { Exchange } from "./exchange.ts";
import type { Session, Sessions } from "./sessions.ts";

export interface HostedContext {
  directory: Directory;
  accounts: Accounts;
  tokens: Tokens;
  sessions: Sessions;
  codes: Expiring<IssuedCode>;
}

/** What an authorization code stands for. */
export interface IssuedCode {
  authorization: Authorization;
  session: Session;
  /** It was shown, rightly or not. */
  spent?: boolean;
  /** What came of it. */
  grantId?: string;
}

export type Handler = (exchange: Exchange, context: HostedContext) => Promise<void> | void;
