/** An error of Cognito's API, under the name and with the words that Cognito has for it. */
export class CognitoError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** An error under the code that OAuth has for it, such as `invalid_grant`. */
export class OAuthError extends Error {
  override name = "OAuthError";
  readonly code: string;

  constructor(code: string, description: string) {
    super(description);
    this.code = code;
  }
}
