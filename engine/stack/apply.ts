/** Brings a stack to life: each of its blocks, in the order of their references, goes to its emulator. */

import type { Stack } from "./read.ts";
import { Attributes, inOrder } from "./references.ts";
import { treatmentOf } from "./registry.ts";
import type { Services } from "./resource.ts";

/**
 * Returns the stack's outputs.
 *
 * @throws StackError before anything is applied when a type is unknown or the references do not hold together.
 */
export async function applyStack(stack: Stack, services: Services): Promise<Record<string, string>> {
  const attributes = new Attributes();
  const ordered = inOrder(stack.blocks).map((block) => ({ block, treatment: treatmentOf(block) }));
  for (const { block, treatment } of ordered) {
    const body = attributes.resolveBody(block);
    const resource = { address: block.address, body };
    const made = await (treatment.kind === "emulated" ? treatment.apply : treatment.attributes)(
      resource,
      services,
    );
    attributes.set(block.address, { id: block.address, ...body, ...made });
  }
  return Object.fromEntries(
    Object.entries(stack.outputs).map(([name, value]) => [
      name,
      String(attributes.resolve(value, `The output ${name}`)),
    ]),
  );
}
