/** What people see. It works without a script, and with a keyboard or a screen reader. */
import { html } from "hono/html";

export type Page = ReturnType<typeof html>;

export interface Problem {
  /** What was given. */
  email: string;
  message: string;
}

/** Who to be: the test user, or anybody with an e-mail address. */
export function signInPage(testEmail: string, problem?: Problem): Page {
  const state = problem
    ? html`value="${problem.email}" aria-describedby="problem hint" aria-invalid="true" autofocus`
    : html`aria-describedby="hint"`;
  const content = html`
      <p>On this machine, this page stands in for Cognito’s. No password is asked for.</p>
      <form method="post">
        <input type="hidden" name="email" value="${testEmail}">
        <button type="submit">Continue as ${testEmail}</button>
      </form>
      <p class="or">or as anybody else</p>
      <form method="post">
        <label for="email">E-mail address</label>
        <input id="email" name="email" type="email" required maxlength="128" autocomplete="email" ${state}>
        ${problem && html`<p class="problem" id="problem" role="alert">${problem.message}</p>`}
        <p class="hint" id="hint">No e-mail is sent. An address that is new here becomes an account.</p>
        <button class="other" type="submit">Continue</button>
      </form>`;
  // The title is what is read out first.
  return page("Sign in", content, problem && "Error: Sign in");
}

export function messagePage(heading: string, message: string): Page {
  return page(heading, html`<p role="alert">${message}</p>`);
}

function page(heading: string, content: Page, title = heading): Page {
  return html`<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title}</title>
    <link rel="stylesheet" href="/style.css">
  </head>
  <body>
    <main>
      <h1>${heading}</h1>
      ${content}
    </main>
  </body>
</html>
`;
}
