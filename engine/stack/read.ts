/** The synthesized stack as the engine takes it in: what CDKTF wrote for Terraform, checked and laid out flat. */

import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import * as z from "zod";
import { StackError } from "../stack-error.ts";

export type Body = Record<string, unknown>;

/** One `resource` or `data` block. */
export interface Block {
  /** As references name it: `aws_sqs_queue.uploads`, `data.aws_caller_identity.me`. */
  address: string;
  /** `aws_sqs_queue`, `data.aws_caller_identity`. */
  type: string;
  body: Body;
}

export interface Stack {
  /** Empty where the file does not say. */
  name: string;
  /** Relative paths in the stack start here. */
  folder: string;
  region: string;
  blocks: Block[];
  outputs: Record<string, unknown>;
}

const blocksSchema = z
  .record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown())))
  .default({});

const stackSchema = z.object({
  "//": z.object({ metadata: z.object({ stackName: z.string() }) }).optional(),
  provider: z.object({ aws: z.array(z.object({ region: z.string().optional() })).optional() }).optional(),
  resource: blocksSchema,
  data: blocksSchema,
  output: z.record(z.string(), z.object({ value: z.unknown() })).default({}),
});

/** Reads `cdk.tf.json`. @throws StackError */
export async function readStack(file: string): Promise<Stack> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new StackError(`There is no synthesized stack at ${file}. Synthesize it first: npx cdktf synth.`, {
      cause,
    });
  });
  const { data: stack, error } = stackSchema.safeParse(parseJson(text, file));
  if (error) throw new StackError(`${file} is not what CDKTF synthesizes: ${z.prettifyError(error)}`);
  return {
    name: stack["//"]?.metadata.stackName ?? "",
    folder: dirname(file),
    region: stack.provider?.aws?.[0]?.region ?? "us-east-1",
    blocks: [...blocksOf(stack.resource, ""), ...blocksOf(stack.data, "data.")],
    outputs: Object.fromEntries(Object.entries(stack.output).map(([name, { value }]) => [name, value])),
  };
}

function blocksOf(section: Record<string, Record<string, Body>>, prefix: string): Block[] {
  return Object.entries(section).flatMap(([type, named]) =>
    Object.entries(named)
      .filter(([name]) => name !== "//")
      .map(([name, body]) => blockOf(`${prefix}${type}`, name, body)),
  );
}

function blockOf(type: string, name: string, { "//": _, ...body }: Body): Block {
  const address = `${type}.${name}`;
  const repeated = ["count", "for_each"].find((key) => key in body);
  if (repeated) throw new StackError(`${address} uses ${repeated}, which this engine does not do.`);
  return { address, type, body };
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new StackError(`${file} is not JSON.`, { cause });
  }
}
