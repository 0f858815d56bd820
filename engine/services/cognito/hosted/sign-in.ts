/** Signing in on a page, and going back to the app with a code. */
import { randomBytes } from "node:crypto";
import { CognitoError } from "../errors.ts";
import {
  type Authorization,
  AuthorizationError,
  readAuthorization,
  readLogout,
  withParameters,
} from "./authorization.ts";
import type { Handler, HostedContext } from "./context.ts";
import type { Exchange } from "./exchange.ts";
import { html } from "./html.ts";
import { formPage, type Problem } from "./pages.ts";
import type { Session } from "./sessions.ts";

const CODE_SECONDS = 300;

/** `GET /oauth2/authorize`: straight back to the app for somebody who is signed in, to the sign-in page otherwise. */
export const authorize: Handler = (exchange, context) => {
  const authorization = readAuthorization(exchange.query, context.directory);
  const { client, prompt, redirectUri, state } = authorization;
  const session = context.sessions.of(exchange, client.pool);
  if (prompt === "none" && session?.user.status !== "CONFIRMED")
    throw new AuthorizationError(redirectUri, state, "login_required", "nobody is signed in");
  const known = session && prompt !== "login";
  exchange.redirect(known ? nextStep(exchange, context, authorization, session) : `/login?${exchange.query}`);
};

export const showSignIn: Handler = (exchange, { directory }) => {
  const authorization = readAuthorization(exchange.query, directory);
  exchange.page(200, signInPage(exchange, authorization));
};

export const signIn: Handler = async (exchange, context) => {
  const { directory, accounts, sessions } = context;
  const authorization = readAuthorization(exchange.query, directory);
  const { client } = authorization;
  const form = await exchange.form();
  const email = field(form, "email").trim();
  try {
    const user = await accounts.authenticate(client, email, field(form, "password"));
    const session = sessions.start(exchange, user);
    exchange.redirect(nextStep(exchange, context, authorization, session));
  } catch (error) {
    // Whether there is such an account is nobody's business, whatever the client's setting for the API.
    if (!(error instanceof CognitoError)) throw error;
    const problem = { field: "email", message: "The e-mail address or the password is not right." };
    exchange.page(400, signInPage(exchange, authorization, email, problem));
  }
};

/** `GET /logout` */
export const signOut: Handler = (exchange, { directory, sessions }) => {
  const next = readLogout(exchange.query, directory);
  sessions.end(exchange);
  exchange.redirect(next);
};

/** Where to go with a session: to what is still to be done with the account, or with a code to the app. */
export function nextStep(
  { query }: Exchange,
  { codes }: HostedContext,
  authorization: Authorization,
  session: Session,
): string {
  const { status } = session.user;
  if (status === "UNCONFIRMED") return `/confirmUser?${query}`;
  if (status === "FORCE_CHANGE_PASSWORD") return `/changePassword?${query}`;
  const code = randomBytes(32).toString("base64url");
  codes.set(code, { authorization, session }, CODE_SECONDS);
  const { redirectUri, state } = authorization;
  return withParameters(redirectUri, { code, state });
}

/** The one value of a field, however often a form has it. */
export function field(form: URLSearchParams, name: string): string {
  return form.get(name) ?? "";
}

function signInPage(exchange: Exchange, { client }: Authorization, email = "", problem?: Problem) {
  const forgotten = html`<a href="/forgotPassword?${exchange.query.toString()}">Forgot your password?</a>`;
  const signUp = html`New here? <a href="/signup?${exchange.query.toString()}">Sign up</a>`;
  return formPage({
    title: "Sign in",
    fields: [
      { name: "email", label: "E-mail address", type: "email", autocomplete: "username", value: email },
      { name: "password", label: "Password", type: "password", autocomplete: "current-password" },
    ],
    action: "Sign in",
    problem,
    after: client.pool.config.selfSignUp === false ? [forgotten] : [forgotten, signUp],
  });
}
