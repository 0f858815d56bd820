/** The OpenAPI 3.1 document, made from the contract. */
import * as z from "zod";
import { problemSchema, type RouteContract, routes } from "./contract.ts";
import { fileBytesSchema } from "./contract-uploads.ts";

type Json = Record<string, unknown>;

/** @param maxBytes of a file, where that is known. */
export function openApiDocument(maxBytes?: number): Json {
  const schemas: Json = {};
  const paths: Record<string, Json> = {};
  for (const [key, contract] of Object.entries(routes)) {
    const [method = "", path = ""] = key.split(" ");
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation(key, contract, { schemas, maxBytes }) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Image pipeline",
      version: "1",
      description: "Send photographs, watch what becomes of them, and get the results.",
    },
    paths,
    components: {
      schemas,
      securitySchemes: {
        user: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: "A token of the user pool.",
        },
      },
    },
  };
}

interface About {
  /** Those that are referred to. */
  schemas: Json;
  maxBytes: number | undefined;
}

function operation(key: string, contract: RouteContract, about: About): Json {
  const { schemas } = about;
  const answers = Object.entries(contract.answers).map(([status, schema]) => [
    status,
    schema === undefined
      ? status === "302"
        ? { description: "It is elsewhere.", headers: { Location: LOCATION } }
        : { description: "Done." }
      : {
          description: "Done.",
          content: { "application/json": { schema: jsonSchema(schema, "output", schemas) } },
        },
  ]);
  const hasPath = Object.keys(contract.path.shape).length > 0;
  const statuses = new Set([
    400,
    ...(contract.isForOperators ? [403] : []),
    ...(hasPath ? [404] : []),
    ...(contract.body === undefined ? [] : [413]),
    ...contract.problems,
    500,
    503,
  ]);
  const ofGateway = { "application/json": { schema: jsonSchema(gatewayErrorSchema, "output", schemas) } };
  const problems = [...statuses]
    .filter((status) => status !== 429)
    .map((status) => [
      String(status),
      {
        description: "The detail says what to do.",
        ...(status === 503 && { headers: retryAfter("Seconds until it is worth another try.") }),
        content: {
          "application/problem+json": { schema: jsonSchema(problemSchema, "output", schemas) },
          // It takes 10 MB and less.
          ...(status === 413 && ofGateway),
        },
      },
    ]);
  const gateway = [
    ...(contract.isPublic
      ? []
      : [["401", { description: "No token, or not a valid one.", content: ofGateway }]]),
    ["429", tooMany(contract.problems.includes(429), ofGateway, schemas)],
    ["431", { description: "Headers of more than 10,240 bytes, with the token.", content: ofGateway }],
  ];
  return {
    operationId: operationId(key),
    summary: contract.summary,
    ...(contract.isPublic ? { security: [] } : { security: [{ user: [] }] }),
    parameters: [...parameters("path", contract.path), ...parameters("query", contract.query)],
    ...(contract.body !== undefined && { requestBody: requestBody(contract.body, contract.query, about) }),
    responses: Object.fromEntries([...answers, ...gateway, ...problems]),
  };
}

/** What API Gateway answers by itself. */
const gatewayErrorSchema = z.object({ message: z.string() }).meta({ id: "GatewayError" });

const LOCATION = { description: "Where the file is.", schema: { type: "string", format: "uri" } };

/** `GET /images/{imageId}/links` as getImageLinks: generated clients have functions of these names. */
function operationId(key: string): string {
  const [method = "", ...segments] = key.split(/[ /]+/);
  const words = segments.flatMap((segment, index) => {
    if (segment.startsWith("{")) return [];
    const isOneOfThem = segments[index + 1]?.startsWith("{") ?? false;
    return (isOneOfThem ? segment.replace(/s$/, "") : segment).split(/[^A-Za-z]+/);
  });
  return [method.toLowerCase(), ...words.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join(
    "",
  );
}

/** The gateway's own answer for too many requests a second, and ours for a quota that is used up. */
function tooMany(hasQuota: boolean, ofGateway: Json, schemas: Json): Json {
  const tooFast =
    "All callers together ask too much of this route a second: try again in a moment, and wait longer each time. There is no Retry-After then.";
  if (!hasQuota) return { description: tooFast, content: ofGateway };
  return {
    description: `With a problem: a quota is used up. Without: ${tooFast}`,
    headers: retryAfter("Seconds until the quota begins anew."),
    content: {
      "application/problem+json": { schema: jsonSchema(problemSchema, "output", schemas) },
      ...ofGateway,
    },
  };
}

function retryAfter(description: string): Json {
  return { "Retry-After": { description, schema: { type: "integer" } } };
}

function parameters(place: "path" | "query", schema: z.ZodObject): Json[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input" });
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: property,
  }));
}

function requestBody(body: z.ZodType | "file", query: z.ZodObject, { schemas, maxBytes }: About): Json {
  if (body !== "file") {
    const maxima = new Map([[fileBytesSchema, maxBytes]]);
    return {
      required: true,
      content: { "application/json": { schema: jsonSchema(body, "input", schemas, maxima) } },
    };
  }
  // The file brings its own name.
  const { fileName: _, ...texts } = z.toJSONSchema(query, { io: "input" }).properties ?? {};
  // Generators know a file by its format, as OpenAPI 3.0 has it.
  const binary = { type: "string", format: "binary", contentMediaType: "application/octet-stream" };
  return {
    required: true,
    content: {
      "multipart/form-data": {
        schema: {
          type: "object",
          description: "A field that is left empty says nothing.",
          required: ["file"],
          properties: { file: binary, ...texts },
        },
      },
      "image/*": { schema: {} },
    },
  };
}

/** Schemas with an id go to the document's components, and are referred to. */
function jsonSchema(
  schema: z.ZodType,
  io: "input" | "output",
  schemas: Json,
  maxima = new Map<unknown, number | undefined>(),
): Json {
  const {
    $defs = {},
    $schema: _,
    ...json
  } = z.toJSONSchema(schema, {
    io,
    override: ({ zodSchema, jsonSchema: made }) => {
      const maximum = maxima.get(zodSchema);
      if (maximum !== undefined) made.maximum = maximum;
    },
  });
  const moved = JSON.parse(JSON.stringify({ json, $defs }).replaceAll("#/$defs/", "#/components/schemas/"));
  for (const [id, definition] of Object.entries<Json>(moved.$defs)) schemas[id] = definition;
  const { id } = moved.json;
  if (id === undefined) return moved.json;
  schemas[id] = moved.json;
  return { $ref: `#/components/schemas/${id}` };
}
