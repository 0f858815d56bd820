/** How policies name actions, resources and values: with wildcards, and with variables that a request fills in. */
import { type Context, contextKey, PolicyError } from "./context.ts";

export type Matcher = (text: string, context: Context) => boolean;

/** A piece of a regular expression, or the key of what becomes one once there is a request. */
type Piece = string | { key: string };

/** What `*` and `?` stand for; undefined: for themselves. */
type Wildcards = { any: string; one: string } | undefined;

const EVERYTHING: Wildcards = { any: "[^]*", one: "[^]" };
const WITHIN_SEGMENT: Wildcards = { any: "[^:]*", one: "[^:]" };

/** `s3:Get*`; upper and lower case are the same. @throws PolicyError */
export function actionMatcher(pattern: string): Matcher {
  if (pattern !== "*" && !/^[a-z0-9-]+:[a-z0-9*?]+$/i.test(pattern))
    throw new PolicyError(`"${pattern}" is not an action, such as s3:GetObject`);
  return matcherOf(piecesOf(pattern, EVERYTHING, { variables: false }), "i");
}

/** A value of a condition. @throws PolicyError */
export function textMatcher(pattern: string, { wildcards = false, variables = true } = {}): Matcher {
  return matcherOf(piecesOf(pattern, wildcards ? EVERYTHING : undefined, { variables }), "");
}

/**
 * A whole ARN, whose segments are compared one by one, or `*`. Only in the last one does a wildcard stand for colons too.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 *
 * @throws PolicyError for fewer segments, which AWS takes in places and which could mean more than was thought.
 */
export function arnMatcher(pattern: string): Matcher {
  if (pattern === "*") return () => true;
  // The colon in ${aws:PrincipalTag/…} is none of the ARN's.
  const segments = pattern.split(/:(?![^{]*\})/);
  const [arn, , service] = segments;
  if (arn !== "arn" || segments.length < 6)
    throw new PolicyError(`"${pattern}" is neither * nor a whole ARN`);
  if (service === undefined || /[*?]/.test(service))
    throw new PolicyError(`"${pattern}" has a wildcard for the service, which AWS refuses`);
  const head = segments.slice(0, 5).flatMap((segment) => [...piecesOf(segment, WITHIN_SEGMENT), ":"]);
  const rest = piecesOf(segments.slice(5).join(":"), EVERYTHING);
  return matcherOf([...head, ...rest], "");
}

function matcherOf(pieces: Piece[], flags: string): Matcher {
  if (pieces.every((piece) => typeof piece === "string")) {
    const expression = new RegExp(`^${pieces.join("")}$`, flags);
    return (text) => expression.test(text);
  }
  return (text, context) => {
    const sources = pieces.map((piece) => (typeof piece === "string" ? piece : filledIn(piece, context)));
    // A variable that has no value matches nothing.
    return !sources.includes(undefined) && new RegExp(`^${sources.join("")}$`, flags).test(text);
  };
}

function filledIn({ key }: { key: string }, context: Context): string | undefined {
  const value = context[key]?.[0];
  return value === undefined ? undefined : RegExp.escape(value);
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html */
function piecesOf(pattern: string, wildcards: Wildcards, { variables = true } = {}): Piece[] {
  return pattern
    .split(/(\$\{[^}]*\}|[*?])/)
    .filter(Boolean)
    .map((part) => {
      if (part === "*" && wildcards) return wildcards.any;
      if (part === "?" && wildcards) return wildcards.one;
      const inner = /^\$\{([^}]*)\}$/.exec(part)?.[1];
      if (inner === undefined) return RegExp.escape(part);
      if (["*", "?", "$"].includes(inner)) return RegExp.escape(inner);
      if (!variables) throw new PolicyError(`this engine takes no variable in this place: ${part}`);
      if (inner.includes(","))
        throw new PolicyError(`this engine takes no other value of a variable: ${part}`);
      return { key: contextKey(inner) };
    });
}
