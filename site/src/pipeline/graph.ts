/** The state machine as a graph: the way that an image takes when nothing goes wrong, what is beside it, and what leads where. */
import type { PipelineDefinition } from "./pipeline-api.ts";

export interface Link {
  from: string;
  to: string;
  /** What is caught on the way; absent where it is simply the next state. */
  errors?: string[];
}

export interface Graph {
  startAt: string;
  /** What is reached without an error, in the order of the definition. */
  main: string[];
  /** What only an error leads to. */
  aside: string[];
  links: Link[];
}

export function graphOf({ startAt, states }: PipelineDefinition): Graph {
  const usual = new Set<string>();
  const toVisit = [startAt];
  for (let name = toVisit.pop(); name !== undefined; name = toVisit.pop()) {
    const state = states[name];
    if (state === undefined || usual.has(name)) continue;
    usual.add(name);
    toVisit.push(...state.next);
  }
  const names = Object.keys(states);
  return {
    startAt,
    main: names.filter((name) => usual.has(name)),
    aside: names.filter((name) => !usual.has(name)),
    links: Object.entries(states).flatMap(([from, state]) => [
      ...state.next.map((to) => ({ from, to })),
      ...[...Map.groupBy(state.catch, ({ next }) => next)].map(([to, caught]) => ({
        from,
        to,
        errors: caught.flatMap(({ errors }) => errors),
      })),
    ]),
  };
}

/** The state machine in a sentence, for those who do not see it drawn. */
export function graphText({ startAt, main, aside, links }: Graph): string {
  const ways = main.map((from) => {
    const next = links.filter((link) => link.from === from && !link.errors).map(({ to }) => to);
    return `${from} leads to ${next.length === 0 ? "the end" : next.join(" and ")}.`;
  });
  const caught = aside.length === 0 ? "" : ` Errors lead to ${aside.join(", ")}.`;
  return `The state machine. It begins with ${startAt}. ${ways.join(" ")}${caught}`;
}
