/** The pages that people see. They work without a script, and with a keyboard or a screen reader. */
import { type Html, html } from "./html.ts";

export interface Field {
  name: string;
  label: string;
  type: "email" | "password" | "text";
  autocomplete: string;
  value?: string | undefined;
  hint?: string;
  numeric?: boolean;
}

export interface Form {
  title: string;
  /** What to know before filling it in. */
  intro?: Html | undefined;
  /** Where it is sent; to the address that it was shown at when left out. */
  address?: string;
  fields: Field[];
  /** What the button says. */
  action: string;
  /** What was wrong with what was sent, and with which field. */
  problem?: Problem | undefined;
  /** Other ways to go. */
  after?: Html[];
}

export interface Problem {
  field: string;
  message: string;
}

export function formPage({ title, intro, address, fields, action, problem, after = [] }: Form): Html {
  const first = problem?.field ?? fields.find(({ value }) => !value)?.name;
  const content = html`
    ${problem && html`<p class="problem" id="problem" role="alert">${problem.message}</p>`}
    ${intro}
    <form method="post"${address !== undefined && html` action="${address}"`}>
      ${fields.map((field) => fieldOf(field, problem?.field === field.name, first === field.name))}
      <button type="submit">${action}</button>
    </form>
    ${after.map((line) => html`<div class="after">${line}</div>`)}`;
  // A page title is what is read out first.
  return layout(title, content, problem ? `Error: ${title}` : title);
}

export function messagePage(title: string, message: string): Html {
  return layout(title, html`<p role="alert">${message}</p>`);
}

/** Instead of an e-mail. */
export function codeNotice(digits: string): Html {
  return html`<p class="notice" role="status">On this machine no e-mail is sent: your code is <strong>${digits}</strong></p>`;
}

function fieldOf(field: Field, wrong: boolean, focused: boolean): Html {
  const { name, label, type, autocomplete, value = "", hint, numeric = false } = field;
  const described = [wrong && "problem", hint !== undefined && `${name}-hint`].filter(Boolean).join(" ");
  return html`
      <div class="field">
        <label for="${name}">${label}</label>
        <input id="${name}" name="${name}" type="${type}" value="${value}" autocomplete="${autocomplete}" required${
          numeric && html` inputmode="numeric" pattern="[0-9]{6}" maxlength="6"`
        }${described !== "" && html` aria-describedby="${described}"`}${wrong && html` aria-invalid="true"`}${
          focused && html` autofocus`
        }>
        ${hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`}
      </div>`;
}

function layout(heading: string, content: Html, title = heading): Html {
  return html`<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title}</title>
    <link rel="stylesheet" href="/style.css">
  </head>
  <body>
    <main>
      <h1>${heading}</h1>
      ${content}
    </main>
    <footer>Local sign-in. Accounts are kept in memory, on this machine only.</footer>
  </body>
</html>
`;
}
