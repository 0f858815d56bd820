/** Who a statement of a resource's policy, or of a role's trust policy, is about. */
import { PolicyError } from "./context.ts";

/** Who makes a request. */
export type Principal =
  | { kind: "role"; roleArn: string; sessionArn: string; accountId: string }
  | { kind: "service"; name: string };

/** As the statement has it: `"*"`, or names by their kind. */
export type PrincipalBlock = "*" | Record<string, string[]>;

export type PrincipalMatcher = (principal: Principal) => boolean;

/** @throws PolicyError */
export function principalMatcher(block: PrincipalBlock, effect: "Allow" | "Deny"): PrincipalMatcher {
  if (block === "*") return () => true;
  const matchers = Object.entries(block).map(([kind, names]): PrincipalMatcher => {
    if (kind === "Service")
      return (principal) => principal.kind === "service" && names.includes(principal.name);
    if (kind === "AWS") return awsMatcher(names, effect);
    // Nobody comes here with an identity of somewhere else.
    if (kind === "Federated") return () => false;
    throw new PolicyError(`this engine does not know principals of the kind ${kind}`);
  });
  return (principal) => matchers.some((matches) => matches(principal));
}

function awsMatcher(names: string[], effect: "Allow" | "Deny"): PrincipalMatcher {
  if (names.includes("*")) return () => true;
  return (principal) => {
    if (principal.kind !== "role") return false;
    const { roleArn, sessionArn, accountId } = principal;
    if (names.includes(roleArn) || names.includes(sessionArn)) return true;
    // To allow something to one's own account is to leave it to the policies of its roles.
    const account = [accountId, `arn:aws:iam::${accountId}:root`];
    return effect === "Deny" && names.some((name) => account.includes(name));
  };
}
