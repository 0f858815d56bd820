/** What went wrong with a form, in words for the person in front of it. */
import { CognitoError } from "../errors.ts";
import type { Problem } from "./pages.ts";

/** Something that only a form can get wrong. */
export class FormProblem extends Error {
  override name = "FormProblem";
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

const PROBLEMS: Record<string, Problem> = {
  UsernameExistsException: {
    field: "email",
    message: "There is an account with this e-mail address already. Sign in with it instead.",
  },
  InvalidParameterException: { field: "email", message: "That is not an e-mail address." },
  CodeMismatchException: { field: "code", message: "That is not the code that was sent. Look again." },
  ExpiredCodeException: {
    field: "code",
    message: "That code is not right, or too old. Ask for a new one.",
  },
  LimitExceededException: { field: "code", message: "That were too many wrong codes. Ask for a new one." },
};

/** @throws what is no mistake in a form. */
export function problemOf(error: unknown): Problem {
  if (error instanceof FormProblem) return { field: error.field, message: error.message };
  if (!(error instanceof CognitoError)) throw error;
  if (error.name === "InvalidPasswordException") {
    const [, fault = error.message] = error.message.split(": ");
    return { field: "password", message: `${fault}.` };
  }
  return PROBLEMS[error.name] ?? { field: "email", message: `${error.message}.` };
}
