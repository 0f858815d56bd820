/** A role that one AWS service assumes, for this account only, and never with more than the boundary. */
import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import type { Construct } from "constructs";
import { growingPolicyJson, type Statement, trustPolicyJson } from "./policy.ts";

/** What all roles of a stack have in common. */
export interface RoleDefaults {
  accountId: string;
  /** ARN of the policy that no role goes beyond. */
  boundaryArn: string;
}

export type ServiceRoleOptions = RoleDefaults & {
  name: string;
  description: string;
  /** Such as lambda.amazonaws.com. */
  service: string;
};

/**
 * No construct of its own: its two resources belong to whoever has the role, under the addresses that they have always had. IAM refuses
 * a second role of the same name, which is what a new address would come to.
 */
export class ServiceRole {
  readonly arn: string;
  /** Depend on it where AWS checks, when something is created, what the role may do. */
  readonly policy: IamRolePolicy;
  readonly statements: Statement[] = [];

  constructor(owner: Construct, options: ServiceRoleOptions) {
    const role = new IamRole(owner, "role", {
      name: options.name,
      description: options.description,
      // A service that works for several accounts is not to be talked into using the role for another one.
      assumeRolePolicy: trustPolicyJson(options.service, {
        StringEquals: { "aws:SourceAccount": options.accountId },
      }),
      permissionsBoundary: options.boundaryArn,
    });
    this.policy = new IamRolePolicy(owner, "policy", {
      name: "least-privilege",
      role: role.name,
      policy: growingPolicyJson(this.statements),
    });
    this.arn = role.arn;
  }

  allow(actions: string[], resources: string[], condition?: Statement["Condition"]): void {
    this.#add("Allow", actions, resources, condition);
  }

  deny(actions: string[], resources: string[], condition?: Statement["Condition"]): void {
    this.#add("Deny", actions, resources, condition);
  }

  #add(
    effect: Statement["Effect"],
    actions: string[],
    resources: string[],
    condition: Statement["Condition"],
  ): void {
    this.statements.push({
      Effect: effect,
      Action: actions,
      Resource: resources,
      ...(condition && { Condition: condition }),
    });
  }
}
