/** A request as a function at the edge gets and returns it: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html */
import * as z from "zod";
import { assertSendable, HOP_BY_HOP_HEADERS } from "../../http/headers.ts";
import type { Distribution } from "./distribution.ts";
import type { Answer, ViewerRequest } from "./exchange.ts";

/** What the function returned is neither a request nor a response. */
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
  querystring: fieldsSchema.optional(),
  headers: fieldsSchema.optional(),
  cookies: fieldsSchema.optional(),
});

const responseSchema = z.object({
  statusCode: z.int().min(200).max(599),
  headers: fieldsSchema.default({}),
  cookies: z
    .record(z.string(), z.object({ value: z.string(), attributes: z.string().optional() }))
    .default({}),
  body: z
    .union([
      z.string().transform((data) => ({ encoding: "text" as const, data })),
      z.object({ encoding: z.enum(["text", "base64"]), data: z.string() }),
    ])
    .optional(),
});

/** The request that goes on, or the answer that takes its place. @throws InvalidResult */
export function afterFunction(
  request: ViewerRequest,
  result: unknown,
): { request: ViewerRequest } | { answer: Answer } {
  const isResponse = typeof result === "object" && result !== null && "statusCode" in result;
  if (isResponse) return { answer: answerOf(valid(responseSchema, result)) };
  const { uri, ...changed } = valid(requestSchema, result);
  const sent = fieldsOf(request);
  const { querystring = sent.querystring, headers = sent.headers, cookies = sent.cookies } = changed;
  const fixed = FIXED_HEADERS.find((name) => !same(headers[name], sent.headers[name]));
  if (fixed !== undefined) throw new InvalidResult(`The header ${fixed} is not the function's to change.`);
  return {
    request: {
      ...request,
      uri,
      query: same(querystring, sent.querystring) ? request.query : queryIn(querystring),
      headers: sendable({
        ...(same(headers, sent.headers) ? withoutCookies(request) : valuesIn(headers)),
        ...(same(cookies, sent.cookies) ? cookiesOf(request) : cookieHeader(cookies)),
      }),
    },
  };
}

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html */
const FIXED_HEADERS = [...HOP_BY_HOP_HEADERS, "content-length", "host", "via"];

function answerOf({ statusCode, headers, cookies, body }: z.infer<typeof responseSchema>): Answer {
  const bytes = Buffer.from(body?.data ?? "", body?.encoding === "base64" ? "base64" : "utf8");
  const setCookies = Object.entries(cookies).map(
    ([name, { value, attributes }]) => `${name}=${value}${attributes ? `; ${attributes}` : ""}`,
  );
  return {
    status: statusCode,
    headers: sendable({
      server: ["CloudFront"],
      ...valuesIn(headers),
      ...(setCookies.length > 0 && { "set-cookie": setCookies }),
      ...(bytes.length > 0 && { "content-length": [String(bytes.length)] }),
    }),
    body: bytes,
  };
}

/** @throws InvalidResult when HTTP has no way to say that. */
function sendable(headers: Record<string, string[]>): Record<string, string[]> {
  try {
    for (const [name, values] of Object.entries(headers)) assertSendable(name, ...values);
  } catch (cause) {
    throw new InvalidResult(cause instanceof Error ? cause.message : String(cause), { cause });
  }
  return headers;
}

function fieldsOf(request: ViewerRequest): { querystring: Fields; headers: Fields; cookies: Fields } {
  const headers = Object.entries(withoutCookies(request));
  const cookies = (request.headers.cookie ?? []).flatMap((line) => line.split(/;\s*/)).filter(Boolean);
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

function queryIn(fields: Fields): string {
  const pairs = Object.entries(valuesIn(fields)).flatMap(([name, values]) =>
    values.map((value) => (value === "" ? name : `${name}=${value}`)),
  );
  return pairs.join("&");
}

function withoutCookies({ headers: { cookie: _, ...headers } }: ViewerRequest): Record<string, string[]> {
  return headers;
}

function cookiesOf({ headers: { cookie } }: ViewerRequest): Record<string, string[]> {
  return cookie ? { cookie } : {};
}

function cookieHeader(cookies: Fields): Record<string, string[]> {
  const pairs = Object.entries(valuesIn(cookies)).flatMap(([name, values]) =>
    values.map((value) => `${name}=${value}`),
  );
  return pairs.length > 0 ? { cookie: [pairs.join("; ")] } : {};
}

function valid<S extends z.ZodType>(schema: S, result: unknown): z.infer<S> {
  const { data, error } = schema.safeParse(result);
  if (error) throw new InvalidResult(z.prettifyError(error));
  return data;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
