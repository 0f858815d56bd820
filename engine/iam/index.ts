/**
 * Who may do what: the roles of the stack, their policies and boundaries, and the policies of resources. Whoever signs with a key that the engine
 * did not give out is the account's administrator and may do everything.
 */
import { StackError } from "../stack-error.ts";
import {
  type Account,
  type Caller,
  type Role,
  type RoleSession,
  roleCaller,
  serviceCaller,
  trustsCaller,
  trustsService,
} from "./caller.ts";
import type { Grant, Policy } from "./policy.ts";

export { type Access, type Caller, firstRefusal, unknownPermission } from "./caller.ts";

/** What a statement of a role's policies allows, as it is written there. */
export interface RoleGrant extends Grant {
  /** Its name. */
  role: string;
}

/** A grant to be taken away. Without a resource: the action on all that the role has it for. */
export type Withheld = Omit<RoleGrant, "resource"> & Partial<Pick<RoleGrant, "resource">>;

export type NewRole = Pick<Role, "name" | "arn" | "tags" | "trust" | "boundary">;

export class Permissions {
  readonly #account: Account;
  readonly #roles = new Map<string, Role>();
  readonly #managed = new Map<string, Policy>();
  readonly #ofResources = new Map<string, Policy[]>();
  readonly #functions = new Map<string, Caller>();

  constructor({ region, accountId }: { region: string; accountId: string }) {
    this.#account = { region, accountId, policiesOf: (arn) => this.#policiesOf(arn) };
  }

  createRole(role: NewRole): void {
    this.#roles.set(role.arn, { ...role, policies: [] });
  }

  /** A policy that roles can have attached, and as their boundary. */
  createPolicy(arn: string, policy: Policy): void {
    this.#managed.set(arn, policy);
  }

  /** @throws StackError when it is not in the stack: what AWS's own policies say is not known here. */
  managedPolicy(arn: string): Policy {
    const policy = this.#managed.get(arn);
    if (policy) return policy;
    throw new StackError(`There is no policy ${arn} in the stack; this engine does not have those of AWS.`);
  }

  /** @throws StackError when there is no such role. */
  addToRole(roleName: string, policy: Policy): void {
    const role = [...this.#roles.values()].find(({ name }) => name === roleName);
    if (!role) throw new StackError(`There is no role ${roleName} in the stack.`);
    role.policies.push(policy);
  }

  /** Adds to the policies that a bucket, queue, topic or function has itself. */
  addToResource(arn: string, policy: Policy): void {
    this.#ofResources.set(arn, [...(this.#ofResources.get(arn) ?? []), policy]);
  }

  /** Whether there is such a role, and it lets the service take it on for that resource. */
  canAssume(roleArn: string, service: string, sourceArn: string): boolean {
    const role = this.#roles.get(roleArn);
    return role !== undefined && trustsService(role, service, sourceArn, this.#account);
  }

  /** From now on the function's calls are held against its role. @throws StackError when there is no such role. */
  createFunction(fn: { name: string; arn: string; roleArn: string }): void {
    const session = { name: fn.name, functionArn: fn.arn };
    this.#functions.set(fn.name, roleCaller(this.#role(fn.roleArn), session, this.#account));
  }

  /** @throws StackError when nobody has said which role it has. */
  function(name: string): Caller {
    const caller = this.#functions.get(name);
    if (caller) return caller;
    throw new StackError(`The function ${name} has no role.`);
  }

  /** A session of the role. @throws StackError when there is no such role. */
  session(roleArn: string, name: string): Caller {
    return roleCaller(this.#role(roleArn), { name }, this.#account);
  }

  /**
   * A session for somebody who takes the role on, besides being allowed to.
   *
   * @param by undefined for the account's administrator, whom every role trusts.
   * @returns undefined when there is no such role, or it does not trust them.
   */
  assume(roleArn: string, session: RoleSession, by: Caller | undefined): Caller | undefined {
    const role = this.#roles.get(roleArn);
    if (!role || (by && !trustsCaller(role, by, this.#account))) return undefined;
    return roleCaller(role, session, this.#account);
  }

  /** A service, such as `s3.amazonaws.com`, that acts for one of its resources. */
  service(name: string, sourceArn: string): Caller {
    return serviceCaller(name, sourceArn, this.#account);
  }

  /** Everything that the stack's roles are allowed, one by one. */
  grants(): RoleGrant[] {
    return [...this.#roles.values()].flatMap(({ name: role, policies }) =>
      policies.flatMap((policy) => policy.grants().map((grant) => ({ role, ...grant }))),
    );
  }

  /**
   * Takes a grant away, as if it were not in the stack, and returns how to give it back. Action and resource are named as
   * `grants` gives them.
   *
   * @throws Error when there is no such grant.
   */
  withhold({ role: name, action, resource }: Withheld): () => void {
    const policies = [...this.#roles.values()].flatMap((role) => (role.name === name ? role.policies : []));
    const returns = policies.flatMap(
      (policy) =>
        policy.withhold(
          (grant) => grant.action === action && (resource === undefined || grant.resource === resource),
        ) ?? [],
    );
    if (returns.length === 0)
      throw new Error(`${name} is not granted ${action} on ${resource ?? "anything"}.`);
    let taken = true;
    return () => {
      if (taken) for (const giveBack of returns) giveBack();
      taken = false;
    };
  }

  /** What is in something, as objects are in a bucket, has its policy. */
  #policiesOf(arn: string): Policy[] {
    return this.#ofResources.get(arn) ?? this.#ofResources.get(arn.replace(/\/.*$/s, "")) ?? [];
  }

  #role(arn: string): Role {
    const role = this.#roles.get(arn);
    if (role) return role;
    throw new StackError(`There is no role ${arn} in the stack.`);
  }
}
