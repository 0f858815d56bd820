/** References between the blocks of a stack, `${aws_sqs_queue.uploads.arn}`: who needs whom, and what they stand for. */
import { StackError } from "../stack-error.ts";
import type { Block, Body } from "./read.ts";

/** `$${` writes a plain `${`. */
const EXPRESSION = /\$\$\{|\$\{([^{}]*)\}/g;
const REFERENCE = /^((?:data\.)?[a-z0-9_]+\.[\w-]+)\.([a-z0-9_]+)((?:\.\w+|\[\d+\])*)$/;

/**
 * The blocks in an order in which each comes after all that it refers to or names in `depends_on`.
 *
 * @throws StackError when a reference leads nowhere, is more than a reference, or goes round in a circle.
 */
export function inOrder(blocks: Block[]): Block[] {
  const byAddress = new Map(blocks.map((block) => [block.address, block]));
  const ordered = new Set<Block>();
  const visit = (block: Block, path: string[]) => {
    if (ordered.has(block)) return;
    if (path.includes(block.address)) {
      throw new StackError(`These refer to each other in a circle: ${[...path, block.address].join(" → ")}.`);
    }
    for (const address of needs(block)) {
      const needed = byAddress.get(address);
      if (!needed) throw new StackError(`${block.address} refers to ${address}, which is not in the stack.`);
      visit(needed, [...path, block.address]);
    }
    ordered.add(block);
  };
  for (const block of blocks) visit(block, []);
  return [...ordered];
}

/** What is known of the blocks that were applied so far. */
export class Attributes {
  readonly #known = new Map<string, Body>();

  set(address: string, attributes: Body): void {
    this.#known.set(address, attributes);
  }

  /**
   * The value with each reference in it replaced, however deep. A text that is nothing but one reference becomes what
   * it refers to, be that a text or not.
   *
   * @throws StackError when the block it refers to has no such attribute.
   */
  resolve(value: unknown, where: string): unknown {
    if (typeof value === "string") return this.#resolveText(value, where);
    if (Array.isArray(value)) return value.map((item) => this.resolve(item, where));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.resolve(item, where)]));
  }

  resolveBody(block: Block): Body {
    return Object.fromEntries(
      Object.entries(block.body).map(([key, item]) => [key, this.resolve(item, block.address)]),
    );
  }

  #resolveText(text: string, where: string): unknown {
    const whole = /^\$\{([^{}]*)\}$/.exec(text)?.[1];
    if (whole !== undefined) return this.#lookUp(whole, where);
    return text.replace(EXPRESSION, (_, inner: string | undefined) =>
      inner === undefined ? "${" : String(this.#lookUp(inner, where)),
    );
  }

  #lookUp(inner: string, where: string): unknown {
    const { address, attribute, path } = parse(inner, where);
    const steps = [attribute, ...path];
    let value: unknown = this.#known.get(address);
    for (const step of steps) {
      const inside =
        Array.isArray(value) || (typeof value === "object" && value !== null) ? Object(value) : {};
      value = inside[step];
    }
    if (value === undefined || value === null) {
      throw new StackError(`${where} refers to ${inner}, and ${address} has no ${steps.join(".")} here.`);
    }
    return value;
  }
}

function needs({ address, body }: Block): Set<string> {
  const { depends_on: dependsOn, ...rest } = body;
  const named = Array.isArray(dependsOn) ? dependsOn.map(String) : [];
  return new Set([...named, ...referencesIn(rest, address)]);
}

function referencesIn(value: unknown, where: string): string[] {
  if (typeof value === "string") {
    return [...value.matchAll(EXPRESSION)].flatMap(([, inner]) =>
      inner === undefined ? [] : [parse(inner, where).address],
    );
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap((item) => referencesIn(item, where));
}

function parse(inner: string, where: string): { address: string; attribute: string; path: string[] } {
  const [, address, attribute, rest = ""] = REFERENCE.exec(inner.trim()) ?? [];
  if (address === undefined || attribute === undefined) {
    throw new StackError(
      `${where} holds \${${inner}}: this engine knows plain references only, no functions.`,
    );
  }
  return { address, attribute, path: rest.split(/[.[\]]/).filter(Boolean) };
}
