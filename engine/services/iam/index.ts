/** Roles, and the policies that say what they may do. */
import * as z from "zod";
import { policyText } from "../../stack/policies.ts";
import { absent, emulated, type ResourceTypes } from "../../stack/resource.ts";

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

const rolePolicySchema = z.object({
  name: z.string().optional(),
  role: z.string(),
  policy: policyText("identity"),
});

const policySchema = z.object({
  name: z.string(),
  path: z.string().default("/"),
  policy: policyText("identity"),
});

export const IAM_RESOURCES: ResourceTypes = {
  aws_iam_role: emulated(roleSchema, ({ name, path, tags, ...settings }, { permissions, accountId }) => {
    const { assume_role_policy: trust, permissions_boundary: boundaryArn } = settings;
    const arn = `arn:aws:iam::${accountId}:role${path}${name}`;
    const boundary = boundaryArn === undefined ? undefined : permissions.managedPolicy(boundaryArn);
    permissions.createRole({ name, arn, tags, trust, boundary });
    return { id: name, name, unique_id: name, arn };
  }),

  aws_iam_role_policy: emulated(
    rolePolicySchema,
    ({ role, policy, ...settings }, { permissions, address }) => {
      const { name = address } = settings;
      permissions.addToRole(role, policy);
      return { id: `${role}:${name}`, name };
    },
  ),

  aws_iam_policy: emulated(policySchema, ({ name, path, policy }, { permissions, accountId }) => {
    const arn = `arn:aws:iam::${accountId}:policy${path}${name}`;
    permissions.createPolicy(arn, policy);
    return { id: arn, name, arn };
  }),
};
