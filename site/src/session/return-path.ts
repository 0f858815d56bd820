/** Where a person was before they went to sign in. */

/** @returns the path that was kept, when it is one of this page: what comes back through an address is not trusted. */
export function returnPath(state: unknown): string {
  const path =
    typeof state === "object" && state !== null && "path" in state && typeof state.path === "string"
      ? state.path
      : "/";
  // "//host" and "/\host" would leave this origin.
  return /^\/(?![/\\])/.test(path) ? path : "/";
}

/** Whether the sign-in pages have sent somebody back here. */
export function isSignInAnswer(search: string): boolean {
  const query = new URLSearchParams(search);
  return query.has("state") && (query.has("code") || query.has("error"));
}
