/** Roles, and the policies that say what they may do. */
import * as z from "zod";
import { policyText } from "../../stack/policies.ts";
import { StackError } from "../../stack/read.ts";
import {
  type Apply,
  absent,
  emulated,
  type Resource,
  type ResourceTypes,
  read,
} from "../../stack/resource.ts";

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

const role: Apply = (resource, { permissions, accountId }) => {
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

const rolePolicy: Apply = (resource, { permissions }) => {
  const { role, name = resource.address, policy } = read(rolePolicySchema, resource);
  explained(resource, () => permissions.addToRole(role, policy));
  return { id: `${role}:${name}`, name };
};

const policySchema = z.object({
  name: z.string(),
  path: z.string().default("/"),
  policy: policyText("identity"),
});

const policy: Apply = (resource, { permissions, accountId }) => {
  const { name, path, policy } = read(policySchema, resource);
  const arn = `arn:aws:iam::${accountId}:policy${path}${name}`;
  permissions.createPolicy(arn, policy);
  return { id: arn, name, arn };
};

const attachmentSchema = z.object({ role: z.string(), policy_arn: z.string() });

const attachment: Apply = (resource, { permissions }) => {
  const { role, policy_arn: policyArn } = read(attachmentSchema, resource);
  explained(resource, () => permissions.addToRole(role, permissions.managedPolicy(policyArn).copy()));
  return { id: `${role}/${policyArn}` };
};

/** Says which block it was. */
function explained<T>({ address }: Resource, apply: () => T): T {
  try {
    return apply();
  } catch (cause) {
    if (!(cause instanceof StackError)) throw cause;
    throw new StackError(`${address} cannot be applied: ${cause.message}`, { cause });
  }
}

export const IAM_RESOURCES: ResourceTypes = {
  aws_iam_role: emulated(role),
  aws_iam_role_policy: emulated(rolePolicy),
  aws_iam_role_policy_attachment: emulated(attachment),
  aws_iam_policy: emulated(policy),
};
