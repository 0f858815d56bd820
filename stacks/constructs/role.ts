/** A role, which never has more than the boundary. */
import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import type { Construct } from "constructs";
import { growingPolicyJson, type Statement } from "./policy.ts";

/** What all roles of a stack have in common. */
export interface RoleDefaults {
  accountId: string;
  /** ARN of the policy that no role goes beyond. */
  boundaryArn: string;
}

export type RoleOptions = RoleDefaults & {
  name: string;
  description: string;
  /** Who may assume it; more may be added until the stack is synthesized. */
  trust: Statement[];
};

/**
 * No construct of its own: its two resources belong to whoever has the role, under the addresses that they have always had. IAM refuses
 * a second role of the same name, which is what a new address would come to.
 */
export class Role {
  readonly arn: string;
  /** Depend on it where AWS checks, when something is created, what the role may do. */
  readonly policy: IamRolePolicy;
  readonly statements: Statement[] = [];

  constructor(owner: Construct, options: RoleOptions) {
    const role = new IamRole(owner, "role", {
      name: options.name,
      description: options.description,
      assumeRolePolicy: growingPolicyJson(options.trust),
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
