/** Someone whose calls are held against policies, and why a call is refused, in AWS's words. */
import type { Policy, Request, Verdict } from "./policy.ts";
import type { Principal } from "./principals.ts";

/** One permission that a call needs. */
export interface Access {
  /** `s3:GetObject` */
  action: string;
  /** An ARN, or `*` where the action is about none. */
  resource: string;
  /** What conditions may ask about this call, by key. */
  context?: Record<string, string>;
}

export interface Caller {
  /** As the refusal names it: `arn:aws:sts::…:assumed-role/<role>/<session>`, or a service. */
  readonly name: string;
  /** As policies name it. */
  readonly principal: Principal;
  /** Why it may not do that, in AWS's words; undefined when it may. */
  refusalOf(access: Access): string | undefined;
}

/** Why the caller may not do all of that; undefined when it may. */
export function firstRefusal(caller: Caller, accesses: Access[]): string | undefined {
  for (const access of accesses) {
    const refusal = caller.refusalOf(access);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

export interface Role {
  name: string;
  arn: string;
  /** Those of the role itself: what the provider's `default_tags` would add is not among them. */
  tags: Record<string, string>;
  trust: Policy;
  policies: Policy[];
  boundary: Policy | undefined;
}

/** What all calls have in common, whoever makes them. */
export interface Account {
  region: string;
  accountId: string;
  /** The policies that a resource has itself. */
  policiesOf(resourceArn: string): Policy[];
}

/** A role that was taken on, by a function, a state machine or another role. */
export interface RoleSession {
  name: string;
  /** Of the function whose session it is. */
  functionArn?: string;
  /** What it is confined to, of what the role may do. */
  policy?: Policy;
}

export function roleCaller(role: Role, session: RoleSession, account: Account): Caller {
  const { accountId } = account;
  const name = `arn:aws:sts::${accountId}:assumed-role/${role.name}/${session.name}`;
  const principal = { kind: "role", roleArn: role.arn, sessionArn: name, accountId } as const;
  const own = {
    ...commonContext(account),
    "aws:principalarn": [role.arn],
    "aws:principalaccount": [accountId],
    "aws:principalisawsservice": ["false"],
    ...(session.functionArn !== undefined && { "lambda:sourcefunctionarn": [session.functionArn] }),
    ...Object.fromEntries(
      Object.entries(role.tags).map(([tag, value]) => [`aws:principaltag/${tag.toLowerCase()}`, [value]]),
    ),
  };
  return {
    name,
    principal,
    refusalOf(access) {
      const request = { ...access, principal, context: { ...own, ...contextOf(access) } };
      const identity = verdictOf(role.policies, request);
      const resource = verdictOf(account.policiesOf(access.resource), request);
      // Without a boundary there is no bound.
      const boundary = role.boundary ? role.boundary.verdictOn(request) : "allows";
      const confined = session.policy ? session.policy.verdictOn(request) : "allows";
      const denied = "with an explicit deny in";
      if (identity === "denies") return refusal(name, access, `${denied} an identity-based policy`);
      if (resource === "denies") return refusal(name, access, `${denied} a resource-based policy`);
      if (boundary === "denies") return refusal(name, access, `${denied} a permissions boundary`);
      if (confined === "denies") return refusal(name, access, `${denied} a session policy`);
      // Within an account it is enough that one side allows it; a boundary and a session's policy limit both.
      if (identity !== "allows" && resource !== "allows")
        return refusal(name, access, notAllowedBy("identity-based policy", access));
      if (boundary !== "allows") return refusal(name, access, notAllowedBy("permissions boundary", access));
      if (confined !== "allows") return refusal(name, access, notAllowedBy("session policy", access));
      return undefined;
    },
  };
}

/** A service that acts for one of its own resources, as far as the policies of others let it. */
export function serviceCaller(service: string, sourceArn: string, account: Account): Caller {
  const principal = { kind: "service", name: service } as const;
  const own = serviceContext(sourceArn, account);
  return {
    name: service,
    principal,
    refusalOf(access) {
      const request = { ...access, principal, context: { ...own, ...contextOf(access) } };
      const verdict = verdictOf(account.policiesOf(access.resource), request);
      if (verdict === "allows") return undefined;
      if (verdict === "denies")
        return refusal(service, access, "with an explicit deny in a resource-based policy");
      return refusal(service, access, notAllowedBy("resource-based policy", access));
    },
  };
}

/** Whether the role lets that service take it on, for that resource. */
export function trustsService(role: Role, service: string, sourceArn: string, account: Account): boolean {
  return trusts(role, { kind: "service", name: service }, serviceContext(sourceArn, account));
}

/** Whether the role lets whoever calls take it on. */
export function trustsCaller(role: Role, { principal }: Caller, account: Account): boolean {
  return trusts(role, principal, commonContext(account));
}

function trusts({ arn, trust }: Role, principal: Principal, context: Request["context"]): boolean {
  return trust.verdictOn({ action: "sts:AssumeRole", resource: arn, principal, context }) === "allows";
}

/** For an operation of which nobody has said yet what it needs: nothing is allowed silently. */
export function unknownPermission(caller: Caller, what: string): string {
  return `User: ${caller.name} is not authorized to perform: ${what} because this engine does not know which permission it needs: say so with its service, in engine/services/`;
}

function serviceContext(sourceArn: string, account: Account) {
  return {
    ...commonContext(account),
    "aws:principalisawsservice": ["true"],
    "aws:sourcearn": [sourceArn],
    "aws:sourceaccount": [account.accountId],
  };
}

function commonContext({ region, accountId }: Account) {
  return {
    // By definition: nothing leaves this machine, so plain HTTP here stands for what is TLS on AWS.
    "aws:securetransport": ["true"],
    "aws:requestedregion": [region],
    "aws:resourceaccount": [accountId],
  };
}

function contextOf({ context = {} }: Access): Record<string, string[]> {
  return Object.fromEntries(Object.entries(context).map(([key, value]) => [key.toLowerCase(), [value]]));
}

function verdictOf(policies: Policy[], request: Request): Verdict {
  const verdicts = policies.map((policy) => policy.verdictOn(request));
  if (verdicts.includes("denies")) return "denies";
  return verdicts.includes("allows") ? "allows" : "says nothing";
}

function notAllowedBy(policy: string, { action }: Access): string {
  return `because no ${policy} allows the ${action} action`;
}

function refusal(name: string, { action, resource }: Access, reason: string): string {
  const on = resource === "*" ? "" : ` on resource: ${resource}`;
  return `User: ${name} is not authorized to perform: ${action}${on} ${reason}`;
}
