/** Brings a stack to life: each of its blocks, in the order of their references, goes to the service that its type belongs to. */
import { StackError } from "../stack-error.ts";
import type { Block, Body, Stack } from "./read.ts";
import { Attributes, inOrder } from "./references.ts";
import type { Resource, ResourceType, ResourceTypes, StackContext } from "./resource.ts";

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
  const ordered = inOrder(stack.blocks).map((block) => ({ block, type: typeOf(block, types) }));
  for (const { block, type } of ordered) {
    const { address } = block;
    const body = attributes.resolveBody(block);
    const made = await apply(type, { address, body }, context);
    attributes.set(address, { id: address, ...body, ...made });
  }
  return Object.fromEntries(
    Object.entries(stack.outputs).map(([name, value]) => [
      name,
      String(attributes.resolve(value, `The output ${name}`)),
    ]),
  );
}

/** @throws StackError that names the block, whatever went wrong. */
async function apply(type: ResourceType, resource: Resource, context: StackContext): Promise<Body> {
  try {
    return await type.apply(resource, context);
  } catch (cause) {
    const why = cause instanceof StackError ? cause.message : String(cause);
    throw new StackError(`${resource.address} cannot be applied: ${why}`, { cause });
  }
}

/** @throws StackError when nobody has decided yet what to do with that type. */
function typeOf({ type: name, address }: Block, types: ResourceTypes): ResourceType {
  const type = Object.hasOwn(types, name) ? types[name] : undefined;
  if (type) return type;
  throw new StackError(
    `The stack has ${address}, and this engine neither emulates ${name} nor leaves it out knowingly. Decide about it in its service under engine/services/, or in engine/stack/left-out.ts.`,
  );
}
