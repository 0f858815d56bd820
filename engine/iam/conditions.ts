/** The conditions of a statement: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
import { type Context, contextKey, isMultiValued, PolicyError } from "./context.ts";
import { arnMatcher, type Matcher, textMatcher } from "./patterns.ts";

export type Condition = (context: Context) => boolean;

/** By operator, then by key. */
export type ConditionBlock = Record<string, Record<string, string[]>>;

interface Operator {
  matcher(value: string, options: { variables: boolean }): Matcher;
  /** Holds when none of the values matches, and when the request does not have the key. */
  negated?: true;
}

const string = (options: { wildcards?: boolean; ignoreCase?: boolean }): Operator["matcher"] => {
  return (value, { variables }) => textMatcher(value, { ...options, variables });
};

const operators: Record<string, Operator> = {
  StringEquals: { matcher: string({}) },
  StringNotEquals: { matcher: string({}), negated: true },
  StringEqualsIgnoreCase: { matcher: string({ ignoreCase: true }) },
  StringNotEqualsIgnoreCase: { matcher: string({ ignoreCase: true }), negated: true },
  StringLike: { matcher: string({ wildcards: true }) },
  StringNotLike: { matcher: string({ wildcards: true }), negated: true },
  // The two are the same: both take wildcards.
  ArnEquals: { matcher: arnMatcher },
  ArnLike: { matcher: arnMatcher },
  ArnNotEquals: { matcher: arnMatcher, negated: true },
  ArnNotLike: { matcher: arnMatcher, negated: true },
  Bool: { matcher: (value) => textMatcher(asBoolean(value), { ignoreCase: true, variables: false }) },
};

/** All of them have to hold. @throws PolicyError */
export function readConditions(block: ConditionBlock): Condition[] {
  return Object.entries(block).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => readCondition(operator, contextKey(key), values)),
  );
}

function readCondition(name: string, key: string, values: string[]): Condition {
  if (name === "Null") return isNull(key, values);
  const [, set, base = "", ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(name) ?? [];
  const operator = Object.hasOwn(operators, base) ? operators[base] : undefined;
  if (!operator) {
    const known = [...Object.keys(operators), "Null"].join(", ");
    throw new PolicyError(`this engine does not have the condition operator ${name}. It has: ${known}`);
  }
  if (isMultiValued(key) && set === undefined)
    throw new PolicyError(`${key} has several values: write ForAllValues:${name} or ForAnyValue:${name}`);
  const { negated = false } = operator;
  // A variable without a value would make "not equal" true.
  const matchers = values.map((value) => operator.matcher(value, { variables: !negated }));
  const holds = (value: string, context: Context) =>
    matchers.some((matches) => matches(value, context)) !== negated;
  return (context) => {
    const actual = context[key];
    if (actual === undefined || actual.length === 0) {
      if (set === "ForAnyValue") return false;
      return set === "ForAllValues" || ifExists !== undefined || negated;
    }
    return set === "ForAnyValue"
      ? actual.some((value) => holds(value, context))
      : actual.every((value) => holds(value, context));
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
