/** Signing up on a page, and confirming one's e-mail address. */
import type { User } from "../pool.ts";
import { readAuthorization, Unanswerable } from "./authorization.ts";
import type { Handler } from "./context.ts";
import type { Exchange } from "./exchange.ts";
import { html } from "./html.ts";
import { newPasswordFields, newPasswordIn } from "./new-password.ts";
import { codeNotice, formPage, type Problem } from "./pages.ts";
import { problemOf } from "./problems.ts";
import { field, nextStep } from "./sign-in.ts";

export const showSignUp: Handler = (exchange, { directory }) => {
  const { client } = readAuthorization(exchange.query, directory);
  if (client.pool.config.selfSignUp === false)
    throw new Unanswerable("Nobody can sign up here by themselves. Ask an administrator for an account.");
  exchange.page(200, signUpPage(exchange, newPasswordFields(client.pool)));
};

export const signUp: Handler = async (exchange, context) => {
  const { directory, accounts, sessions } = context;
  const authorization = readAuthorization(exchange.query, directory);
  const { pool } = authorization.client;
  const form = await exchange.form();
  const email = field(form, "email").trim();
  try {
    const user = await accounts.signUp(pool, { email, password: newPasswordIn(form) });
    const session = sessions.start(exchange, user);
    exchange.redirect(nextStep(exchange, context, authorization, session));
  } catch (error) {
    exchange.page(400, signUpPage(exchange, newPasswordFields(pool), email, problemOf(error)));
  }
};

export const showConfirmation: Handler = (exchange, { directory, sessions }) => {
  const { client } = readAuthorization(exchange.query, directory);
  const session = sessions.of(exchange, client.pool);
  if (session?.user.status !== "UNCONFIRMED") return exchange.redirect(`/login?${exchange.query}`);
  exchange.page(200, confirmationPage(session.user));
};

export const confirm: Handler = async (exchange, context) => {
  const { directory, accounts, sessions } = context;
  const authorization = readAuthorization(exchange.query, directory);
  const session = sessions.of(exchange, authorization.client.pool);
  if (session?.user.status !== "UNCONFIRMED") return exchange.redirect(`/login?${exchange.query}`);
  const form = await exchange.form();
  try {
    if (form.has("resend")) {
      accounts.resendCode(session.user);
      return exchange.redirect(`/confirmUser?${exchange.query}`);
    }
    accounts.confirm(session.user, field(form, "code").trim());
    exchange.redirect(nextStep(exchange, context, authorization, session));
  } catch (error) {
    exchange.page(400, confirmationPage(session.user, problemOf(error)));
  }
};

function signUpPage(
  exchange: Exchange,
  passwordFields: ReturnType<typeof newPasswordFields>,
  email = "",
  problem?: Problem,
) {
  return formPage({
    title: "Sign up",
    fields: [
      { name: "email", label: "E-mail address", type: "email", autocomplete: "username", value: email },
      ...passwordFields,
    ],
    action: "Sign up",
    problem,
    after: [html`Have an account already? <a href="/login?${exchange.query.toString()}">Sign in</a>`],
  });
}

function confirmationPage({ code }: User, problem?: Problem) {
  return formPage({
    title: "Confirm your e-mail address",
    intro: code && codeNotice(code.digits),
    fields: [
      { name: "code", label: "Code, six digits", type: "text", autocomplete: "one-time-code", numeric: true },
    ],
    action: "Confirm",
    problem,
    after: [
      html`<form method="post"><button class="link" type="submit" name="resend" value="yes">Send a new code</button></form>`,
    ],
  });
}
