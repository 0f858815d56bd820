/** AWS JSON, the protocol of most services: https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html */
import * as z from "zod";
import type { Access } from "../iam/index.ts";
import { parsedJson } from "../json.ts";
import { JSON_1_0, jsonAnswer } from "./answers.ts";
import { type Call, header, textOf } from "./call.ts";
import { jsonErrors, ServiceError } from "./errors.ts";
import type { ServiceApi, ServiceDescription } from "./service.ts";

export interface JsonServiceOptions {
  /** What `x-amz-target` begins with. */
  target: string;
  contentType?: string;
  /** By name. @throws ServiceError */
  operations: Record<string, (input: unknown) => object>;
  /** What the caller needs to be allowed, as in `Operation`. */
  permissionsFor(operation: string, input: unknown): Access[] | undefined;
}

/** A service that is nothing but operations with an input and an output. */
export function jsonService(description: ServiceDescription, options: JsonServiceOptions): ServiceApi {
  const { target, contentType = JSON_1_0, operations, permissionsFor } = options;
  return {
    ...description,
    target,
    async read(call) {
      const { operation, input } = await readAwsJson(call);
      const perform = operations[operation];
      return {
        name: operation,
        permissions: permissionsFor(operation, input),
        perform: perform && (() => jsonAnswer(perform(input), { contentType })),
      };
    },
    writeError: jsonErrors({ contentType }),
  };
}

export interface JsonCall {
  operation: string;
  /** The body as it was sent. */
  text: string;
  /** Undefined when it is not JSON; nothing at all is an empty object. */
  input: unknown;
}

export async function readAwsJson(call: Call): Promise<JsonCall> {
  const text = await textOf(call);
  const operation = header(call.headers, "x-amz-target")?.split(".")[1] ?? `${call.method} ${call.path}`;
  return { operation, text, input: parsedJson(text || "{}") };
}

/** Takes out of an input what an operation needs. @throws ServiceError with that code */
export function readInput<S extends z.ZodType>(
  schema: S,
  input: unknown,
  code = "ValidationException",
): z.infer<S> {
  const { data, error } = schema.safeParse(input);
  if (error) throw new ServiceError(code, z.prettifyError(error));
  return data;
}
