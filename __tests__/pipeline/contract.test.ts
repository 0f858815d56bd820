/** Every route of the API, held against its own OpenAPI document by requests that nobody would think of. */
import * as fc from "fast-check";
import { describe, expect } from "vitest";
import { type RouteContract, routes } from "../../functions/api/contract.ts";
import { openApiDocument } from "../../functions/api/openapi.ts";
import { type ApiClient, apiClientOf } from "../fixtures/api-client.ts";
import { red } from "../fixtures/images.ts";
import { defaultSettings } from "../fixtures/settings.ts";
import { it } from "../fixtures/shared-pipeline.ts";

/** Others in each run of the tests. */
const RUNS = 12;
/** Of requests of which there are two: about somebody's own image, and about none. */
const RUNS_OF_TWO = 5;

interface Schema {
  type?: string;
  enum?: unknown[];
  pattern?: string;
  format?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  anyOf?: Schema[];
  oneOf?: Schema[];
  const?: unknown;
}

interface Operation {
  parameters: { name: string; in: "path" | "query"; required: boolean; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}

const document = openApiDocument(defaultSettings.limits.maxBytes) as {
  paths: Record<string, Record<string, Operation>>;
};

/** Which ones there are is configuration, was said by another answer, or depends on what time it is: no schema knows. */
const KNOWN_ELSEWHERE = ["preset", "cursor", "expiresAt"];
/** Of those that its pattern lets through, the kinds of images that are accepted. */
const TYPES = ["image/jpeg", "image/png", "image/webp"];

/** Any at all. One for all strings: to make one takes as long as dozens of requests. */
const character = fc.string({ unit: "binary", minLength: 1, maxLength: 1 });

/** Anything that the schema lets through. */
function valid(schema: Schema, name = ""): fc.Arbitrary<unknown> {
  if (name === "contentType") return fc.constantFrom(...TYPES);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.format === "date-time")
    return fc
      .date({ min: new Date(0), max: new Date(8e15), noInvalidDate: true })
      .map((at) => at.toISOString())
      .filter((text) => /^\d{4}-/.test(text));
  const { minLength, maxLength = 3000, pattern } = schema;
  if (schema.type === "integer")
    return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 1e9, 2 ** 31 - 1) });
  const { anyOf = [], oneOf = anyOf } = schema;
  if (oneOf.length > 0) return fc.oneof(...oneOf.map((each) => valid(each)));
  if (schema.type === "null") return fc.constant(null);
  if (schema.type === "boolean") return fc.boolean();
  if (schema.type === "array")
    return fc.array(valid(schema.items ?? {}), {
      ...(schema.minItems !== undefined && { minLength: schema.minItems }),
      ...(schema.maxItems !== undefined && { maxLength: schema.maxItems }),
    });
  if (schema.type === "object") return record(schema.properties ?? {}, schema.required ?? []);
  const text =
    pattern === undefined || pattern === "\\S"
      ? fc.oneof(
          fc.string({ unit: character, ...(minLength !== undefined && { minLength }), maxLength }),
          // As long as it may be, in characters that take two units of UTF-16.
          fc.constant("🚀".repeat(maxLength)),
        )
      : fc.stringMatching(new RegExp(pattern));
  return text.filter((each) => new RegExp(pattern ?? "", "u").test(each) && [...each].length <= maxLength);
}

function record(
  properties: Record<string, Schema>,
  required: string[],
): fc.Arbitrary<Record<string, unknown>> {
  const known = Object.entries(properties).filter(([name]) => !KNOWN_ELSEWHERE.includes(name));
  return fc.record(Object.fromEntries(known.map(([name, schema]) => [name, valid(schema, name)])), {
    requiredKeys: required,
  });
}

const junk = fc.oneof(
  fc.string({ unit: character, maxLength: 50 }),
  fc.constantFrom("", " ", "null", "0", "-1", "1e99", "../..", "constructor", "__proto__", "%00", "\u202e"),
);

/** A person's own image, for paths that name one. */
let imageId: string;
let ann: ApiClient;
it.beforeAll(async ({ pipeline }) => {
  ann = await apiClientOf(pipeline, "contract@example.org");
  const { body } = await ann.call("POST", "/images", {
    body: new Uint8Array(red),
    headers: { "content-type": "image/png" },
  });
  imageId = body.imageId;
  await pipeline.idle();
});

function addressOf(path: string, inPath: Record<string, unknown>, query: Record<string, unknown>): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(inPath[name]) || "-"));
  const parameters = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]);
  return `${filled}${parameters.length > 0 ? `?${new URLSearchParams(parameters)}` : ""}`;
}

/** As a form with these fields, or as the whole body. */
function fileSent(fields: Record<string, unknown> | null | undefined) {
  const file = new File([new Uint8Array(red)], "red.png", { type: "image/png" });
  if (!fields) return { body: file, headers: { "content-type": file.type } };
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, String(value));
  body.set("file", file);
  return { body };
}

/** API Gateway takes 10,240 bytes with all headers, of which the token is most. */
const LONGEST_ADDRESS = 8_000;

const GONE = "0".repeat(32);

describe.each(Object.entries(routes))("%s", (key, contract: RouteContract) => {
  const [method = "", path = ""] = key.split(" ");
  const operation = document.paths[path]?.[method.toLowerCase()];
  const parameters = operation?.parameters ?? [];
  const query = parameters.filter((parameter) => parameter.in === "query");
  const named = Object.fromEntries(query.map(({ name, schema }) => [name, schema]));
  const body = operation?.requestBody?.content["application/json"]?.schema;
  const { file, ...fields } = operation?.requestBody?.content["multipart/form-data"]?.schema.properties ?? {};
  // It is deleted once, and is not there for the others then.
  const id = method === "DELETE" ? fc.constant(GONE) : fc.constantFrom("mine", GONE);

  it("takes whatever its schema does", async () => {
    const request = fc.record({
      imageId: id,
      query: record(
        named,
        query.flatMap(({ name, required }) => (required ? [name] : [])),
      ),
      ...(body && { json: valid(body) }),
      ...(file && { form: fc.option(record(fields, [])) }),
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ imageId: which, ...asked }) => {
        const inPath = { imageId: which === "mine" ? imageId : which, variant: "large" };
        const address = addressOf(path, inPath, asked.query);
        const { status, body: answer } = await ann.call(method, address, {
          ...("json" in asked && { json: asked.json }),
          ...(contract.body === "file" && fileSent(asked.form)),
        });
        // No schema can say how long an address may be in all.
        const tooLong = address.length > LONGEST_ADDRESS ? [431] : [];
        expect([200, 201, 202, 204, 302, 404, 409, ...tooLong], JSON.stringify(answer)).toContain(status);
      }),
      { numRuns: query.length > 0 || contract.body !== undefined ? RUNS : RUNS_OF_TWO },
    );
  });

  it("answers whatever comes as its contract says, and never with a fault of ours", async () => {
    const names = [...query.map(({ name }) => name), "other"];
    const request = fc.record({
      inPath: fc.record({ imageId: fc.oneof(id, junk), variant: junk }),
      query: fc.dictionary(fc.constantFrom(...names), junk, { maxKeys: 3 }),
      body: fc.oneof(
        junk,
        fc.json({ maxDepth: 2 }),
        ...(body ? [valid(body).map((json) => JSON.stringify(json).slice(1))] : []),
      ),
      type: fc.constantFrom("application/json", "image/png", "text/plain", "multipart/form-data; boundary=x"),
    });
    await fc.assert(
      fc.asyncProperty(request, async (asked) => {
        const which = asked.inPath.imageId === "mine" ? imageId : asked.inPath.imageId;
        const address = addressOf(path, { ...asked.inPath, imageId: which }, asked.query);
        // The client holds the answer against the document.
        const { status } = await ann.call(method, address, {
          ...(contract.body !== undefined && { body: asked.body, headers: { "content-type": asked.type } }),
        });
        expect(status).toBeLessThan(500);
      }),
      { numRuns: RUNS },
    );
  });
});

const withJson = Object.entries<RouteContract>(routes).flatMap(([key, { body }]) =>
  body === undefined || body === "file" ? [] : [key],
);

it.each(withJson)("%s: a body that is far too large is too large, whatever is in it", async (key) => {
  const [method = "", path = ""] = key.split(" ");
  const large = JSON.stringify({ fileName: "a.jpg", caption: "x".repeat(200_000) });
  const address = path.replace("{imageId}", GONE);
  for (const body of [large, large.slice(0, -9), "x".repeat(8_000_000)])
    expect(
      await ann.call(method, address, { body, headers: { "content-type": "application/json" } }),
    ).toMatchObject({ status: 413 });
});
