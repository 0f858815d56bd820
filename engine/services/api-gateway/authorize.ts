/**
 * The JWT authorizer: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 * Who is refused is told why in `www-authenticate`.
 */
import type { IncomingMessage } from "node:http";
import { type Answer, message } from "./answer.ts";
import type { Authorizer } from "./api.ts";
import type { Identity } from "./event.ts";

/** Checks signature, times, issuer and audience, and gives the claims. Throws otherwise. */
export type VerifyToken = (
  token: string,
  expected: { issuer: string; audience: string[] },
) => Promise<Record<string, unknown>>;

export type Authorization = { identity: Identity } | { refusal: Answer };

/** What whoever is refused reads. */
export const UNAUTHORIZED = "Unauthorized";

export async function authorize(
  { headers }: IncomingMessage,
  { header, issuer, audience }: Authorizer,
  verifyToken: VerifyToken,
): Promise<Authorization> {
  const value = headers[header];
  // The word before the token can be left out.
  const token = typeof value === "string" ? value.replace(/^Bearer\s+/i, "").trim() : "";
  if (token === "") return refused("Bearer");
  try {
    const claims = await verifyToken(token, { issuer, audience });
    const texts = Object.entries(claims).map(([name, claim]) => [name, claimText(claim)]);
    return { identity: { claims: Object.fromEntries(texts) } };
  } catch (error) {
    return refused(`Bearer scope="" error="invalid_token" error_description="${whyInvalid(error)}"`);
  }
}

function refused(challenge: string): Authorization {
  return { refusal: message(401, UNAUTHORIZED, { "www-authenticate": challenge }) };
}

/** The gateway hands every claim on as a text, and a list as `[a b]`. */
function claimText(claim: unknown): string {
  if (Array.isArray(claim)) return `[${claim.map(String).join(" ")}]`;
  return typeof claim === "object" && claim !== null ? JSON.stringify(claim) : String(claim);
}

/** In the words of the gateway, going by the codes of jose's errors. */
function whyInvalid(error: unknown): string {
  const { code, claim } = error instanceof Error ? (error as Error & { code?: string; claim?: string }) : {};
  if (code === "ERR_JWT_EXPIRED") return "the token has expired";
  if (code !== "ERR_JWT_CLAIM_VALIDATION_FAILED") return "the token is not valid";
  return claim === "aud" || claim === "client_id"
    ? "the token does not have a valid audience"
    : `the token does not have a valid ${claim === "iss" ? "issuer" : (claim ?? "claim")}`;
}
