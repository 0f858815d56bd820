/** Roles, and the policies that say what they may do. */
import * as z from "zod";
import { PolicyError } from "../../iam/context.ts";
import type { PolicyKind } from "../../iam/document.ts";
import { Policy } from "../../iam/policy.ts";
import { StackError } from "../../stack/read.ts";
import { type Apply, absent, type Resource, read, type Services } from "../../stack/resource.ts";

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

const ELSEWHERE = "here a role's policies are resources of their own";

const roleSchema = z.object({
  name: z.string(),
  path: z.string().default("/"),
  assume_role_policy: policyText("trust"),
  permissions_boundary: z.string().optional(),
  tags: z.record(z.string(), z.string()).default({}),
  inline_policy: absent(ELSEWHERE),
  managed_policy_arns: absent(ELSEWHERE),
});

export const role: Apply = (resource, { permissions, accountId }) => {
  const settings = read(roleSchema, resource);
  const { name, tags, assume_role_policy: trust, permissions_boundary: boundaryArn } = settings;
  const arn = `arn:aws:iam::${accountId}:role${settings.path}${name}`;
  const boundary =
    boundaryArn === undefined ? undefined : explained(resource, () => permissions.managedPolicy(boundaryArn));
  permissions.createRole({ name, arn, tags, trust, boundary });
  return { id: name, name, unique_id: name, arn };
};

const rolePolicySchema = z.object({
  name: z.string().optional(),
  role: z.string(),
  policy: policyText("identity"),
});

export const rolePolicy: Apply = (resource, { permissions }) => {
  const { role, name = resource.address, policy } = read(rolePolicySchema, resource);
  explained(resource, () => permissions.addToRole(role, policy));
  return { id: `${role}:${name}`, name };
};

const policySchema = z.object({
  name: z.string(),
  path: z.string().default("/"),
  policy: policyText("identity"),
});

export const policy: Apply = (resource, { permissions, accountId }) => {
  const { name, path, policy } = read(policySchema, resource);
  const arn = `arn:aws:iam::${accountId}:policy${path}${name}`;
  permissions.createPolicy(arn, policy);
  return { id: arn, name, arn };
};

const attachmentSchema = z.object({ role: z.string(), policy_arn: z.string() });

export const attachment: Apply = (resource, { permissions }) => {
  const { role, policy_arn: policyArn } = read(attachmentSchema, resource);
  explained(resource, () => permissions.addToRole(role, permissions.managedPolicy(policyArn).copy()));
  return { id: `${role}/${policyArn}` };
};

/** @throws StackError when the role is not there, or does not let the service take it on. `words`: AWS's own. */
export function assertAssumable(
  resource: Resource,
  { permissions }: Services,
  roleArn: string,
  by: { service: string; arn: string; words: string },
): void {
  if (permissions.canAssume(roleArn, by.service, by.arn)) return;
  throw new StackError(`${resource.address}: ${by.words} (${roleArn})`);
}

/** Says which block it was. */
function explained<T>({ address }: Resource, apply: () => T): T {
  try {
    return apply();
  } catch (cause) {
    if (!(cause instanceof StackError)) throw cause;
    throw new StackError(`${address} cannot be applied: ${cause.message}`, { cause });
  }
}
