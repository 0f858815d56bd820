/** Cognito's hosted pages and OAuth endpoints on a port of their own: https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-userpools-server-contract-reference.html */
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { type LocalServer, startServer } from "../../../http/server.ts";
import type { Accounts } from "../accounts.ts";
import type { Directory } from "../directory.ts";
import { Expiring } from "../expiring.ts";
import type { Tokens } from "../tokens.ts";
import { AuthorizationError, Unanswerable } from "./authorization.ts";
import type { Handler, HostedContext } from "./context.ts";
import { Exchange, WrongForm } from "./exchange.ts";
import * as password from "./new-password.ts";
import { messagePage } from "./pages.ts";
import { Sessions } from "./sessions.ts";
import * as signIn from "./sign-in.ts";
import * as signUp from "./sign-up.ts";
import { revoke, token, userInfo } from "./token.ts";

const stylesheet = await readFile(join(import.meta.dirname, "style.css"));

/** What a browser shows, by method and path. */
const pages: Record<string, Handler> = {
  "GET /oauth2/authorize": signIn.authorize,
  "GET /login": signIn.showSignIn,
  "POST /login": signIn.signIn,
  "GET /logout": signIn.signOut,
  "GET /signup": signUp.showSignUp,
  "POST /signup": signUp.signUp,
  "GET /confirmUser": signUp.showConfirmation,
  "POST /confirmUser": signUp.confirm,
  "GET /forgotPassword": password.showForgotten,
  "POST /forgotPassword": password.forget,
  "POST /confirmForgotPassword": password.resetPassword,
  "GET /changePassword": password.showChange,
  "POST /changePassword": password.changePassword,
  "GET /style.css": ({ response }) => {
    response.writeHead(200, { "content-type": "text/css", "cache-control": "max-age=300" }).end(stylesheet);
  },
  "GET /favicon.ico": ({ response }) => {
    response.writeHead(204).end();
  },
};

/** What scripts of any origin may call. */
const endpoints: Record<string, Handler> = {
  "POST /oauth2/token": token,
  "POST /oauth2/revoke": revoke,
  "GET /oauth2/userInfo": userInfo,
  "POST /oauth2/userInfo": userInfo,
  "GET /.well-known/jwks.json": async (exchange, { directory }) => {
    const pools = [...directory.pools.values()];
    const sets = await Promise.all(pools.map(async (pool) => (await pool.keys()).jwks.keys));
    exchange.json(200, { keys: sets.flat() });
  },
};

export interface HostedOptions {
  host: string;
  port: number;
  isAllowedOrigin(origin: string): boolean;
  directory: Directory;
  accounts: Accounts;
  tokens: Tokens;
}

export function createHosted({ host, port, isAllowedOrigin, ...parts }: HostedOptions) {
  const context: HostedContext = { ...parts, sessions: new Sessions(), codes: new Expiring() };
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const exchange = new Exchange(request, response);
    await answer(exchange, context).catch((error: unknown) => answerFailure(exchange, error));
  };
  let server: LocalServer | undefined;
  return {
    get url() {
      return server?.url ?? "";
    },
    start: async () => {
      server = await startServer({ handle, isAllowedOrigin }, { host, port });
    },
    stop: async () => {
      await server?.close();
      server = undefined;
    },
  };
}

async function answer(exchange: Exchange, context: HostedContext): Promise<void> {
  const route = `${exchange.method} ${exchange.path}`;
  const endpoint = Object.hasOwn(endpoints, route) ? endpoints[route] : undefined;
  const anyMethod = Object.keys(endpoints).some((known) => known.endsWith(` ${exchange.path}`));
  if (anyMethod) exchange.response.setHeader("access-control-allow-origin", "*");
  if (endpoint) return endpoint(exchange, context);
  if (anyMethod && exchange.method === "OPTIONS") return answerPreflight(exchange);
  const page = Object.hasOwn(pages, route) ? pages[route] : undefined;
  if (!page) return exchange.page(404, messagePage("Not found", "There is no such page here."));
  if (exchange.method === "POST" && fromElsewhere(exchange))
    return exchange.page(403, messagePage("Not accepted", "This form was sent by a page of another site."));
  return page(exchange, context);
}

function answerPreflight({ response }: Exchange): void {
  response
    .writeHead(204, {
      "access-control-allow-methods": "GET, POST",
      "access-control-allow-headers": "authorization, content-type, *",
      "access-control-max-age": "300",
    })
    .end();
}

/** Browsers say where a form comes from; nobody is to be signed in by a page that they did not mean to use. */
function fromElsewhere(exchange: Exchange): boolean {
  const origin = exchange.header("origin");
  return origin !== undefined && origin !== `http://${exchange.header("host")}`;
}

function answerFailure(exchange: Exchange, error: unknown): void {
  const { response } = exchange;
  if (response.headersSent) response.destroy();
  else if (error instanceof AuthorizationError) exchange.redirect(error.location);
  else if (error instanceof Unanswerable)
    exchange.page(400, messagePage("This link does not work", error.message));
  else if (error instanceof WrongForm)
    exchange.page(400, messagePage("Not accepted", "That was not a form of this site."));
  else exchange.page(500, messagePage("Something went wrong", "Nothing was changed. Please try again."));
}
