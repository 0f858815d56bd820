/** What resources of several services have in common: policies in their arguments, and roles that a service takes on. */
import * as z from "zod";
import { PolicyError } from "../iam/context.ts";
import type { PolicyKind } from "../iam/document.ts";
import { Policy } from "../iam/policy.ts";
import { StackError } from "../stack-error.ts";
import type { StackContext } from "./resource.ts";

/** A policy document, which has to be one that requests can be held against here. */
export function policyText(kind: PolicyKind) {
  return z.string().transform((text, context) => {
    try {
      return new Policy(text, kind);
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
      return z.NEVER;
    }
  });
}

/** @throws StackError when the role is not there, or does not let the service take it on. `words`: AWS's own. */
export function assertAssumable(
  { permissions }: StackContext,
  roleArn: string,
  by: { service: string; arn: string; words: string },
): void {
  if (permissions.canAssume(roleArn, by.service, by.arn)) return;
  throw new StackError(`${by.words} (${roleArn})`);
}
