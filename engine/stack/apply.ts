/** Brings a stack to life: each of its blocks, in the order of their references, goes to the service that its type belongs to. */
import { type Block, type Stack, StackError } from "./read.ts";
import { Attributes, inOrder } from "./references.ts";
import type { ResourceTypes, StackContext, Treatment } from "./resource.ts";

/**
 * Returns the stack's outputs.
 *
 * @throws StackError before anything is applied when a type is unknown or the references do not hold together.
 */
export async function applyStack(
  stack: Stack,
  types: ResourceTypes,
  context: StackContext,
): Promise<Record<string, string>> {
  const attributes = new Attributes();
  const ordered = inOrder(stack.blocks).map((block) => ({ block, treatment: treatmentOf(block, types) }));
  for (const { block, treatment } of ordered) {
    const body = attributes.resolveBody(block);
    const made = await treatment.apply({ address: block.address, body }, context);
    attributes.set(block.address, { id: block.address, ...body, ...made });
  }
  return Object.fromEntries(
    Object.entries(stack.outputs).map(([name, value]) => [
      name,
      String(attributes.resolve(value, `The output ${name}`)),
    ]),
  );
}

/** @throws StackError when nobody has decided yet what to do with that type. */
function treatmentOf({ type, address }: Block, types: ResourceTypes): Treatment {
  const treatment = Object.hasOwn(types, type) ? types[type] : undefined;
  if (treatment) return treatment;
  throw new StackError(
    `The stack has ${address}, and this engine neither emulates ${type} nor leaves it out knowingly. Decide about it in its service under engine/services/, or in engine/stack/left-out.ts.`,
  );
}
