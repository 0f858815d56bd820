/** AWS JSON, the protocol of most services: https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html */
import * as z from "zod";
import { type Answer, type Call, header, parsedJson, textOf } from "./call.ts";
import { JSON_1_0, ServiceError } from "./errors.ts";

export interface JsonCall {
  operation: string;
  /** The body as it was sent. */
  text: string;
  /** Undefined when it is not JSON. */
  input: unknown;
}

export async function readAwsJson(call: Call): Promise<JsonCall> {
  const text = await textOf(call);
  const operation = header(call.headers, "x-amz-target")?.split(".")[1] ?? `${call.method} ${call.path}`;
  return { operation, text, input: parsedJson(text) };
}

export function jsonAnswer(content: object, { status = 200, contentType = JSON_1_0 } = {}): Answer {
  return { status, headers: { "content-type": contentType }, body: JSON.stringify(content) };
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
