/** A policy document as it is written, checked and evened out: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html */
import * as z from "zod";
import { parsedJson } from "../json.ts";
import type { ConditionBlock } from "./conditions.ts";
import { PolicyError } from "./context.ts";
import type { PrincipalBlock } from "./principals.ts";

/** Whose policy it is: a role's own or its boundary, a resource's, or who may take on a role. */
export type PolicyKind = "identity" | "resource" | "trust";

export interface StatementBlock {
  effect: "Allow" | "Deny";
  principal: PrincipalBlock | undefined;
  actions: string[];
  /** Undefined in trust policies, which are about the role that has them. */
  resources: string[] | undefined;
  conditions: ConditionBlock;
}

const oneOrMore = z
  .union([z.string(), z.array(z.string()).min(1)])
  .transform((names) => (typeof names === "string" ? [names] : names));

const scalar = z.union([z.string(), z.boolean(), z.number()]).transform(String);
const values = z
  .union([scalar, z.array(scalar)])
  .transform((list): string[] => (typeof list === "string" ? [list] : list));

/** Strict: an element that nobody reads could be the one that denies. */
const statementSchema = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(["Allow", "Deny"]),
  Principal: z.union([z.literal("*"), z.record(z.string(), oneOrMore)]).optional(),
  Action: oneOrMore,
  Resource: oneOrMore.optional(),
  Condition: z.record(z.string(), z.record(z.string(), values)).default({}),
});

const documentSchema = z.strictObject({
  Version: z.literal("2012-10-17"),
  Id: z.string().optional(),
  Statement: z.preprocess(
    (statements) => (Array.isArray(statements) ? statements : [statements]),
    z.array(statementSchema),
  ),
});

/** @throws PolicyError */
export function readDocument(text: string, kind: PolicyKind): StatementBlock[] {
  const json = parsedJson(text);
  if (json === undefined) throw new PolicyError("it is not JSON");
  const { data: document, error } = documentSchema.safeParse(json);
  if (error) throw new PolicyError(`it is not a policy document: ${z.prettifyError(error)}`);
  return document.Statement.map((statement, index) => {
    const where = statement.Sid ?? `statement ${index + 1}`;
    const { Effect: effect, Principal: principal, Action: actions, Condition: conditions } = statement;
    const { Resource: resources } = statement;
    if ((principal === undefined) !== (kind === "identity")) {
      const wrong = kind === "identity" ? "a role's policy names no principal" : "it names no principal";
      throw new PolicyError(`${where}: ${wrong}`);
    }
    if ((resources === undefined) !== (kind === "trust")) {
      const wrong = kind === "trust" ? "a trust policy names no resource" : "it names no resource";
      throw new PolicyError(`${where}: ${wrong}`);
    }
    return { effect, principal, actions, resources, conditions };
  });
}
