/** Answers in the forms of AWS's protocols. */
import type { Answer } from "./call.ts";
import { type Xml, xmlDocument } from "./xml.ts";

export const JSON_1_0 = "application/x-amz-json-1.0";
export const JSON_1_1 = "application/x-amz-json-1.1";
/** Of services whose operations are methods and paths, such as Lambda. */
export const REST_JSON = "application/json";

export function jsonAnswer(
  content: object,
  { status = 200, contentType = JSON_1_0, headers = {} } = {},
): Answer {
  return { status, headers: { "content-type": contentType, ...headers }, body: JSON.stringify(content) };
}

/** Of services that are asked with a form. */
export function queryAnswer(
  root: Xml,
  { status = 200, namespace }: { status?: number; namespace?: string } = {},
): Answer {
  return { status, headers: { "content-type": "text/xml" }, body: xmlDocument(root, namespace) };
}
