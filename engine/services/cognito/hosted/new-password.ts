/** A new password: for a forgotten one, or for one that an administrator gave. */
import { policyInWords, USUAL_POLICY } from "../passwords.ts";
import type { Pool } from "../pool.ts";
import { readAuthorization } from "./authorization.ts";
import type { Handler } from "./context.ts";
import type { Exchange } from "./exchange.ts";
import { html } from "./html.ts";
import { codeNotice, type Field, formPage, type Problem } from "./pages.ts";
import { FormProblem, problemOf } from "./problems.ts";
import { field, nextStep } from "./sign-in.ts";

export const showForgotten: Handler = (exchange, { directory }) => {
  readAuthorization(exchange.query, directory);
  exchange.page(
    200,
    formPage({
      title: "Forgot your password?",
      intro: html`<p>Tell your e-mail address, and get a code for setting a new one.</p>`,
      fields: [{ name: "email", label: "E-mail address", type: "email", autocomplete: "username" }],
      action: "Get a code",
      after: [html`<a href="/login?${exchange.query.toString()}">Back to signing in</a>`],
    }),
  );
};

/** The same answer whether there is such an account or not, but for the code, which only an account has. */
export const forget: Handler = async (exchange, { directory, accounts }) => {
  const { client } = readAuthorization(exchange.query, directory);
  const email = field(await exchange.form(), "email").trim();
  const user = client.pool.user(email);
  try {
    if (user) accounts.forgetPassword(user);
  } catch (error) {
    problemOf(error);
  }
  const code = user?.code?.purpose === "reset" ? user.code.digits : undefined;
  exchange.page(200, resetPage(exchange, client.pool, email, { code }));
};

export const resetPassword: Handler = async (exchange, context) => {
  const { directory, accounts, sessions } = context;
  const authorization = readAuthorization(exchange.query, directory);
  const { pool } = authorization.client;
  const form = await exchange.form();
  const email = field(form, "email").trim();
  const user = pool.user(email);
  try {
    const password = newPasswordIn(form);
    if (!user) throw new FormProblem("code", "That code is not right, or too old. Ask for a new one.");
    await accounts.resetPassword(pool, user, field(form, "code").trim(), password);
    sessions.endAll(user);
    const session = sessions.start(exchange, user);
    exchange.redirect(nextStep(exchange, context, authorization, session));
  } catch (error) {
    exchange.page(400, resetPage(exchange, pool, email, { problem: problemOf(error) }));
  }
};

export const showChange: Handler = (exchange, { directory, sessions }) => {
  const { client } = readAuthorization(exchange.query, directory);
  const session = sessions.of(exchange, client.pool);
  if (session?.user.status !== "FORCE_CHANGE_PASSWORD") return exchange.redirect(`/login?${exchange.query}`);
  exchange.page(200, changePage(client.pool));
};

export const changePassword: Handler = async (exchange, context) => {
  const { directory, accounts, sessions } = context;
  const authorization = readAuthorization(exchange.query, directory);
  const { pool } = authorization.client;
  const session = sessions.of(exchange, pool);
  if (session?.user.status !== "FORCE_CHANGE_PASSWORD") return exchange.redirect(`/login?${exchange.query}`);
  const form = await exchange.form();
  try {
    await accounts.setPassword(pool, session.user, newPasswordIn(form), true);
    exchange.redirect(nextStep(exchange, context, authorization, session));
  } catch (error) {
    exchange.page(400, changePage(pool, problemOf(error)));
  }
};

export function newPasswordFields({ config }: Pool): Field[] {
  const hint = policyInWords(config.passwordPolicy ?? USUAL_POLICY);
  const common = { type: "password", autocomplete: "new-password" } as const;
  return [
    { name: "password", label: "Password", hint, ...common },
    { name: "again", label: "Password again", ...common },
  ];
}

/** @throws FormProblem when it was not typed the same twice. */
export function newPasswordIn(form: URLSearchParams): string {
  const password = field(form, "password");
  if (password !== field(form, "again")) throw new FormProblem("again", "The two passwords differ.");
  return password;
}

function changePage(pool: Pool, problem?: Problem) {
  const intro = html`<p>Your password was made for you. Choose one of your own.</p>`;
  return formPage({
    title: "Choose a password",
    intro,
    fields: newPasswordFields(pool),
    action: "Set password",
    problem,
  });
}

function resetPage(
  exchange: Exchange,
  pool: Pool,
  email: string,
  { code, problem }: { code?: string | undefined; problem?: Problem },
) {
  const query = exchange.query.toString();
  return formPage({
    title: "Set a new password",
    intro: code === undefined ? undefined : codeNotice(code),
    address: `/confirmForgotPassword?${query}`,
    fields: [
      { name: "email", label: "E-mail address", type: "email", autocomplete: "username", value: email },
      { name: "code", label: "Code, six digits", type: "text", autocomplete: "one-time-code", numeric: true },
      ...newPasswordFields(pool),
    ],
    action: "Set password",
    problem,
    after: [html`<a href="/forgotPassword?${query}">Get a new code</a>`],
  });
}
