/** What the engine does with one type of resource, and what it has at hand for that. */
import * as z from "zod";
import type { Permissions } from "../iam/index.ts";
import type { ToLocal } from "./local-addresses.ts";
import { type Body, StackError } from "./read.ts";

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

/** Gives a resource to its service and returns the attributes that AWS would have made up. */
export type Apply = (resource: Resource, context: StackContext) => Promise<Body> | Body;

export type Treatment =
  | { kind: "emulated"; apply: Apply }
  /** Not there on this machine, for that reason. Others may still refer to it. */
  | { kind: "leftOut"; reason: string; apply: Apply };

/** By the type's name, such as `aws_sqs_queue` or `data.aws_region`. */
export type ResourceTypes = Record<string, Treatment>;

export function emulated(apply: Apply): Treatment {
  return { kind: "emulated", apply };
}

export function leftOut(reason: string, apply: Apply = () => ({})): Treatment {
  return { kind: "leftOut", reason, apply };
}

/** Takes the arguments that matter here out of a block. @throws StackError that names the block and the argument. */
export function read<S extends z.ZodType>(schema: S, { address, body }: Resource): z.infer<S> {
  const { data, error } = schema.safeParse(body);
  if (error) throw new StackError(`${address} cannot be applied: ${z.prettifyError(error)}`);
  return data;
}

/** A nested block, which CDKTF writes as an object or as a list of them. */
export function blocks<S extends z.ZodType>(schema: S) {
  return z
    .preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(schema))
    .nullish()
    .transform((list): z.infer<S>[] => list ?? []);
}

/** A nested block or a list that would change what happens, and must not go unnoticed. */
export function absent(message: string) {
  return blocks(z.unknown()).refine((list) => list.length === 0, message);
}

/** JSON in a text, such as a redrive policy. */
export function json<S extends z.ZodType>(schema: S) {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: "custom", message: "is not JSON" });
        return z.NEVER;
      }
    })
    .pipe(schema);
}
