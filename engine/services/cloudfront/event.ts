/** A request as a function at the edge gets and returns it: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html */
import * as z from "zod";
import { messageOf } from "../../errors.ts";
import { assertSendable, HOP_BY_HOP_HEADERS } from "../../http/headers.ts";
import type { Distribution } from "./distribution.ts";
import type { ViewerRequest } from "./exchange.ts";

/** What the function returned is not a request that can go on. */
export class InvalidResult extends Error {
  override name = "InvalidResult";
}

const fieldSchema = z.object({
  value: z.string(),
  multiValue: z.array(z.object({ value: z.string() })).optional(),
});
const fieldsSchema = z.record(z.string(), fieldSchema);
type Fields = z.infer<typeof fieldsSchema>;

export function eventOf(request: ViewerRequest, { id, domainName }: Distribution): object {
  return {
    version: "1.0",
    context: {
      distributionDomainName: domainName,
      distributionId: id,
      eventType: "viewer-request",
      requestId: request.id,
    },
    viewer: { ip: request.ip },
    request: { method: request.method, uri: request.uri, ...fieldsOf(request) },
  };
}

const requestSchema = z.object({
  uri: z.string().startsWith("/", "uri has to begin with a slash").max(8191),
  headers: fieldsSchema,
  querystring: z.unknown(),
  cookies: z.unknown(),
});

/** The request that goes on: with another path, or other headers. @throws InvalidResult */
export function afterFunction(request: ViewerRequest, result: unknown): ViewerRequest {
  const { data: changed, error } = requestSchema.safeParse(result);
  if (error) throw new InvalidResult(z.prettifyError(error));
  const sent = fieldsOf(request);
  if (!same([changed.querystring, changed.cookies], [sent.querystring, sent.cookies]))
    throw new InvalidResult("Here, a function changes the path and the headers, not the query or cookies.");
  const fixed = FIXED_HEADERS.find((name) => !same(changed.headers[name], sent.headers[name]));
  if (fixed !== undefined) throw new InvalidResult(`The header ${fixed} is not the function's to change.`);
  const { cookie } = request.headers;
  const headers = { ...valuesIn(changed.headers), ...(cookie && { cookie }) };
  return { ...request, uri: changed.uri, headers: sendable(headers) };
}

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html */
const FIXED_HEADERS = [...HOP_BY_HOP_HEADERS, "content-length", "host", "via"];

/** @throws InvalidResult when HTTP has no way to say that. */
function sendable(headers: Record<string, string[]>): Record<string, string[]> {
  try {
    for (const [name, values] of Object.entries(headers)) assertSendable(name, ...values);
  } catch (cause) {
    throw new InvalidResult(messageOf(cause), { cause });
  }
  return headers;
}

function fieldsOf(request: ViewerRequest): { querystring: Fields; headers: Fields; cookies: Fields } {
  const { cookie = [], ...others } = request.headers;
  const headers = Object.entries(others);
  const cookies = cookie.flatMap((line) => line.split(/;\s*/)).filter(Boolean);
  return {
    querystring: collected(request.query.split("&").filter(Boolean).map(pair)),
    headers: collected(headers.flatMap(([name, values]) => values.map((value) => [name, value] as const))),
    cookies: collected(cookies.map(pair)),
  };
}

function pair(text: string): readonly [name: string, value: string] {
  const mark = text.indexOf("=");
  return mark === -1 ? [text, ""] : [text.slice(0, mark), text.slice(mark + 1)];
}

/** A field that is there more than once has all its values besides the first one. */
function collected(pairs: (readonly [string, string])[]): Fields {
  const byName = Map.groupBy(pairs, ([name]) => name);
  const fields = [...byName].map(([name, entries]) => {
    const values = entries.map(([, value]) => ({ value }));
    return [name, { value: values[0]?.value ?? "", ...(values.length > 1 && { multiValue: values }) }];
  });
  return Object.fromEntries(fields);
}

function valuesIn(fields: Fields): Record<string, string[]> {
  const entries = Object.entries(fields).map(([name, { value, multiValue }]) => {
    const values = multiValue?.map((one) => one.value) ?? [value];
    return [name.toLowerCase(), values];
  });
  return Object.fromEntries(entries);
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
