/** An error under the code that OAuth has for it, such as `invalid_grant`. */
export class OAuthError extends Error {
  override name = "OAuthError";
  readonly code: string;

  constructor(code: string, description: string) {
    super(description);
    this.code = code;
  }
}
