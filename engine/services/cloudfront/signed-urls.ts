/**
 * Addresses that carry a custom policy and its signature:
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-custom-policy.html
 */
import { type KeyObject, verify } from "node:crypto";
import * as z from "zod";
import { element, xmlDocument } from "../../http/xml.ts";
import { parsedJson } from "../../json.ts";
import { type Answer, ownAnswer, type ViewerRequest } from "./exchange.ts";
import { matches } from "./paths.ts";

/** Public keys by their id: whoever has the private half of one may sign. */
export type Signers = Map<string, KeyObject>;

/** They are about the signature, and never the origin's. */
const PARAMETERS = ["Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm", "Expires"];

/** The request as the origin gets it, or why it gets none. */
export function checkSigned(
  request: ViewerRequest,
  signers: Signers,
): { request: ViewerRequest } | { answer: Answer } {
  const fields = new URLSearchParams(request.query);
  const parts = request.query.split("&").filter((part) => part !== "");
  const others = parts.filter((part) => !PARAMETERS.includes(part.split("=")[0] ?? ""));
  const bare = { ...request, query: others.join("&") };
  const refusal = refusalOf(bare, fields, signers);
  return refusal ? { answer: refused(...refusal) } : { request: bare };
}

type Refusal = [code: string, message: string];
const DENIED: Refusal = ["AccessDenied", "Access denied"];

function refusalOf(request: ViewerRequest, fields: URLSearchParams, signers: Signers): Refusal | undefined {
  const keyId = fields.get("Key-Pair-Id");
  if (!keyId) return ["MissingKey", "Missing Key-Pair-Id query parameter or cookie value"];
  const key = signers.get(keyId);
  if (!key) return ["InvalidKey", "Unknown Key"];
  const text = decoded(fields.get("Policy"));
  const signature = decoded(fields.get("Signature"));
  if (!text || !signature)
    return ["MissingPolicy", "Missing Policy or Signature; canned policies are not here"];
  // Without a name it would be SHA1, which nobody should sign with.
  if (fields.get("Hash-Algorithm") !== "SHA256" || !verify("sha256", text, key, signature)) return DENIED;
  const { data: policy } = policySchema.safeParse(parsedJson(text.toString("utf8")));
  if (!policy) return ["MalformedPolicy", "Malformed Policy"];
  const [{ Resource, Condition }] = policy.Statement;
  const isOver = Date.now() / 1000 >= Condition.DateLessThan["AWS:EpochTime"];
  return isOver || !matches(Resource, addressOf(request)) ? DENIED : undefined;
}

const policySchema = z.strictObject({
  Statement: z.tuple([
    z.strictObject({
      Resource: z.string(),
      // An IP address is no condition here, and neither is a time before which it does not hold.
      Condition: z.strictObject({ DateLessThan: z.strictObject({ "AWS:EpochTime": z.int() }) }),
    }),
  ]),
});

/** As the viewer sent it: what `..` would lead to is the origin's affair. */
function addressOf({ headers, uri, query }: ViewerRequest): string {
  return `http://${headers.host?.[0] ?? ""}${uri}${query === "" ? "" : `?${query}`}`;
}

/** Base64, with what means something in a URL replaced. */
function decoded(text: string | null): Buffer | undefined {
  if (text === null || !/^[A-Za-z0-9~_-]+$/.test(text)) return undefined;
  return Buffer.from(text.replaceAll("-", "+").replaceAll("_", "=").replaceAll("~", "/"), "base64");
}

function refused(code: string, message: string): Answer {
  const error = element("Error", element("Code", code), element("Message", message));
  return ownAnswer(403, "text/xml", xmlDocument(error));
}
