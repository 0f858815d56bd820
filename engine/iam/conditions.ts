/** The conditions of a statement: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
import { type Context, contextKey, isMultiValued, PolicyError } from "./context.ts";
import { arnMatcher, type Matcher, textMatcher } from "./patterns.ts";

export type Condition = (context: Context) => boolean;

/** By operator, then by key. */
export type ConditionBlock = Record<string, Record<string, string[]>>;

interface Operator {
  /** @throws PolicyError */
  matcher(value: string): Matcher;
  /** Holds when none of the values matches, and when the request does not have the key. */
  negated?: true;
}

const operators: Record<string, Operator> = {
  StringEquals: { matcher: (value) => textMatcher(value) },
  // A variable without a value would make "not equal" true.
  StringNotEquals: { matcher: (value) => textMatcher(value, { variables: false }), negated: true },
  StringLike: { matcher: (value) => textMatcher(value, { wildcards: true }) },
  // The two are the same: both take wildcards.
  ArnEquals: { matcher: arnMatcher },
  ArnLike: { matcher: arnMatcher },
  Bool: { matcher: (value) => textMatcher(asBoolean(value)) },
};

/** All of them have to hold. @throws PolicyError */
export function readConditions(block: ConditionBlock): Condition[] {
  return Object.entries(block).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => readCondition(operator, contextKey(key), values)),
  );
}

function readCondition(name: string, key: string, values: string[]): Condition {
  if (name === "Null") return isNull(key, values);
  const [, any, base = ""] = /^(ForAnyValue:)?(\w+)$/.exec(name) ?? [];
  const operator = Object.hasOwn(operators, base) ? operators[base] : undefined;
  if (!operator) {
    const known = [...Object.keys(operators), "Null"].join(", ");
    throw new PolicyError(
      `this engine does not have the condition operator ${name}. It has: ${known}, and ForAnyValue: before them`,
    );
  }
  if (isMultiValued(key) && any === undefined)
    throw new PolicyError(`${key} has several values: write ForAnyValue:${name}, if any is meant`);
  const { negated = false } = operator;
  const matchers = values.map((value) => operator.matcher(value));
  const holds = (value: string, context: Context) =>
    matchers.some((matches) => matches(value, context)) !== negated;
  return (context) => {
    const actual = context[key] ?? [];
    if (actual.length === 0) return negated && any === undefined;
    return actual.some((value) => holds(value, context));
  };
}

function isNull(key: string, values: string[]): Condition {
  const wanted = values.map(asBoolean);
  return (context) => wanted.includes(String(context[key] === undefined));
}

function asBoolean(value: string): string {
  const text = value.toLowerCase();
  if (text === "true" || text === "false") return text;
  throw new PolicyError(`"${value}" is neither true nor false`);
}
