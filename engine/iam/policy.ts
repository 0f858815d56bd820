/** A policy that requests are held against: read once, asked for every call. */
import { type Condition, readConditions } from "./conditions.ts";
import type { Context } from "./context.ts";
import { type PolicyKind, readDocument, type StatementBlock } from "./document.ts";
import { actionMatcher, arnMatcher, type Matcher } from "./patterns.ts";
import { type Principal, type PrincipalMatcher, principalMatcher } from "./principals.ts";

export interface Request {
  /** `s3:GetObject` */
  action: string;
  /** An ARN, or `*` for actions that are about none. */
  resource: string;
  principal: Principal;
  context: Context;
}

/** What a policy has to say to a request. */
export type Verdict = "allows" | "denies" | "says nothing";

/** One action on one resource, as a statement names them, wildcards and all. */
export interface Grant {
  action: string;
  resource: string;
}

interface Target extends Grant {
  isOfAction: Matcher;
  isOfResource: Matcher;
  /** How often it was taken away, and not given back yet. */
  withheld: number;
}

interface Statement {
  effect: "Allow" | "Deny";
  appliesTo: PrincipalMatcher;
  targets: Target[];
  conditions: Condition[];
}

export class Policy {
  readonly #statements: Statement[];
  /** What is said about an action, so that most of a policy is looked at once for each of them. */
  readonly #byAction = new Map<string, Statement[]>();

  /** @throws PolicyError when it says anything that requests cannot be held against here. */
  constructor(document: string, kind: PolicyKind) {
    this.#statements = readDocument(document, kind).map(readStatement);
  }

  verdictOn(request: Request): Verdict {
    let verdict: Verdict = "says nothing";
    for (const statement of this.#about(request)) {
      if (!applies(statement, request)) continue;
      if (statement.effect === "Deny") return "denies";
      verdict = "allows";
    }
    return verdict;
  }

  grants(): Grant[] {
    return this.#allowed().map(({ action, resource }) => ({ action, resource }));
  }

  /** Takes the grants that are wanted away, and tells how to give them back; undefined when there are none such. */
  withhold(isWanted: (grant: Grant) => boolean): (() => void) | undefined {
    const taken = this.#allowed().filter(isWanted);
    for (const target of taken) target.withheld += 1;
    if (taken.length === 0) return undefined;
    return () => {
      for (const target of taken) target.withheld -= 1;
    };
  }

  #about({ action, context }: Request): Statement[] {
    const known = this.#byAction.get(action);
    if (known) return known;
    const about = this.#statements.flatMap((statement) => {
      const targets = statement.targets.filter((target) => target.isOfAction(action, context));
      return targets.length > 0 ? [{ ...statement, targets }] : [];
    });
    this.#byAction.set(action, about);
    return about;
  }

  #allowed(): Target[] {
    return this.#statements.flatMap(({ effect, targets }) => (effect === "Allow" ? targets : []));
  }
}

/** Of a statement about the action: whether it is about the rest of the request too. */
function applies({ appliesTo, targets, conditions }: Statement, request: Request): boolean {
  const { resource, principal, context } = request;
  return (
    targets.some((target) => target.withheld === 0 && target.isOfResource(resource, context)) &&
    appliesTo(principal) &&
    conditions.every((holds) => holds(context))
  );
}

function readStatement({ effect, principal, actions, resources, conditions }: StatementBlock): Statement {
  const appliesTo = principal === undefined ? () => true : principalMatcher(principal, effect);
  const actionNames = actions.map((text) => ({ text, matches: actionMatcher(text) }));
  const resourceNames = resources?.map((text) => ({ text, matches: arnMatcher(text) })) ?? [
    { text: "", matches: () => true },
  ];
  const targets = actionNames.flatMap((action) =>
    resourceNames.map((resource) => ({
      action: action.text,
      resource: resource.text,
      isOfAction: action.matches,
      isOfResource: resource.matches,
      withheld: 0,
    })),
  );
  return { effect, appliesTo, targets, conditions: readConditions(conditions) };
}
