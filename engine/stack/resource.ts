/** What the engine does with one type of resource, and what it has at hand for that. */
import * as z from "zod";
import type { Permissions } from "../iam/index.ts";
import { parsedJson } from "../json.ts";
import { StackError } from "../stack-error.ts";
import type { ToLocal } from "./local-addresses.ts";
import type { Body } from "./read.ts";

/** Where a stack is applied, and what it says that is nobody's own. */
export interface StackContext {
  region: string;
  accountId: string;
  permissions: Permissions;
  /** Relative paths in the stack start here. */
  folder: string;
  /** For texts that browsers get, or compare with addresses of theirs. */
  toLocal: ToLocal;
  /** Lets pages of these origins use the engine. */
  allowOrigins(origins: string[]): void;
}

/** A block with its references replaced. */
export interface Resource {
  address: string;
  body: Body;
}

/** Gives a resource to its service and returns the attributes that AWS would have made up. What it throws says why that is impossible. */
export type Apply<S extends z.ZodType> = (
  settings: z.infer<S>,
  context: StackContext & Pick<Resource, "address">,
) => Promise<Body> | Body;

export interface ResourceType {
  /** Why there is none on this machine; others may still refer to it. Undefined where it is emulated. */
  leftOut?: string;
  apply(resource: Resource, context: StackContext): Promise<Body> | Body;
}

/** By the type's name, such as `aws_sqs_queue` or `data.aws_caller_identity`. */
export type ResourceTypes = Record<string, ResourceType>;

/** @param schema the arguments that matter here. */
export function emulated<S extends z.ZodType>(schema: S, apply: Apply<S>): ResourceType {
  return {
    apply: ({ address, body }, context) => apply(read(schema, body), { ...context, address }),
  };
}

export function leftOut(reason: string, { apply } = emulated(NO_ARGUMENTS, () => ({}))): ResourceType {
  return { leftOut: reason, apply };
}

/** For what has no arguments that matter. */
export const NO_ARGUMENTS = z.object({});

/** @throws StackError that names the argument. */
export function read<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const { data, error } = schema.safeParse(value);
  if (error) throw new StackError(z.prettifyError(error));
  return data;
}

/** A nested block, which CDKTF writes as an object or as a list of them. */
export function blocks<S extends z.ZodType>(schema: S) {
  return z
    .preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(schema))
    .nullish()
    .transform((list): z.infer<S>[] => list ?? []);
}

/** A nested block that has to be there, once. */
export function block<S extends z.ZodType>(schema: S) {
  return blocks(schema).transform(([only, ...more], context): z.infer<S> => {
    if (only !== undefined && more.length === 0) return only;
    context.addIssue({ code: "custom", message: "there has to be one" });
    return z.NEVER;
  });
}

/** A nested block or a list that would change what happens, and must not go unnoticed. */
export function absent(message: string) {
  return blocks(z.unknown()).refine((list) => list.length === 0, message);
}

/** JSON in a text, such as a redrive policy. */
export function json<S extends z.ZodType>(schema: S) {
  return z
    .string()
    .transform(parsedJson)
    .refine((value): boolean => value !== undefined, { message: "is not JSON", abort: true })
    .pipe(schema);
}
