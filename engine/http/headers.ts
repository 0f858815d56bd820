/** What HTTP has to say of headers in general. */
import { validateHeaderName, validateHeaderValue } from "node:http";

/** Those that are about one connection, not about the request: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
export const HOP_BY_HOP_HEADERS = [
  "connection",
  "expect",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** @throws TypeError where HTTP has no way to say that. */
export function assertSendable(name: string, ...values: string[]): void {
  validateHeaderName(name);
  for (const value of values) validateHeaderValue(name, value);
}
