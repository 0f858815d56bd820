/** Web application firewalls, in front of the web app and of the sign-in pages: AWS's lists of known bad, and a limit for each address. */
import { Wafv2WebAcl, type Wafv2WebAclRule } from "@cdktf/provider-aws/lib/wafv2-web-acl/index.js";
import { Wafv2WebAclAssociation } from "@cdktf/provider-aws/lib/wafv2-web-acl-association/index.js";
import type { Construct } from "constructs";

/**
 * Of one IP address, in five minutes. Pictures are requests to the web app, too: a household that looks through some thousands of
 * them is no attack. The API behind it has a throttle of its own.
 */
const MAX_REQUESTS = { site: 20_000, users: 2_000 };

/**
 * A photograph is larger than the 8 KB that the rules take for a body, and its metadata (`<?xpacket`) looks like markup to them:
 * https://repost.aws/knowledge-center/waf-upload-blocked-files
 */
const ABOUT_BODIES = ["SizeRestrictions_BODY", "CrossSiteScripting_BODY", "GenericLFI_BODY"];

/** A page of this machine, where whoever signs in comes back to, is taken for an attack on a server; here there is none. */
const ABOUT_ADDRESSES = ["EC2MetaDataSSRF_QUERYARGUMENTS"];

/** @returns the ARN that a distribution names. */
export function firewallOfSite(scope: Construct, namePrefix: string): string {
  // CloudFront takes those of us-east-1 only.
  return firewall(scope, "firewall", {
    name: `${namePrefix}-site`,
    maxRequests: MAX_REQUESTS.site,
    onlyCounted: ABOUT_BODIES,
    scope: "CLOUDFRONT",
    region: "us-east-1",
  });
}

/** In front of a user pool's pages and of its API. */
export function guardUsers(scope: Construct, namePrefix: string, userPoolArn: string): void {
  const webAclArn = firewall(scope, "users-firewall", {
    name: `${namePrefix}-users`,
    maxRequests: MAX_REQUESTS.users,
    onlyCounted: [...ABOUT_BODIES, ...ABOUT_ADDRESSES],
    scope: "REGIONAL",
  });
  new Wafv2WebAclAssociation(scope, "users-firewall-association", { resourceArn: userPoolArn, webAclArn });
}

interface FirewallOptions {
  name: string;
  scope: "CLOUDFRONT" | "REGIONAL";
  region?: string;
  maxRequests: number;
  /** Rules of AWS's common ones that do not block. */
  onlyCounted: string[];
}

function firewall(
  scope: Construct,
  id: string,
  { maxRequests, onlyCounted, ...options }: FirewallOptions,
): string {
  const acl = new Wafv2WebAcl(scope, id, {
    ...options,
    description: "What may not reach the pages behind it",
    defaultAction: { allow: {} },
    rule: [
      managed("AWSManagedRulesAmazonIpReputationList", 0),
      managed("AWSManagedRulesKnownBadInputsRuleSet", 1),
      managed("AWSManagedRulesCommonRuleSet", 2, onlyCounted),
      {
        name: "rate-of-one-address",
        priority: 3,
        action: { block: {} },
        statement: { rate_based_statement: { limit: maxRequests, aggregate_key_type: "IP" } },
        visibilityConfig: watched("rate-of-one-address"),
      },
    ],
    visibilityConfig: watched(options.name),
  });
  return acl.arn;
}

/** @param onlyCounted rules of the group that do not block. */
function managed(name: string, priority: number, onlyCounted: string[] = []): Wafv2WebAclRule {
  return {
    name,
    priority,
    overrideAction: { none: {} },
    // The bindings hand statements on as they are: these are Terraform's own names.
    statement: {
      managed_rule_group_statement: {
        vendor_name: "AWS",
        name,
        rule_action_override: onlyCounted.map((rule) => ({ name: rule, action_to_use: { count: {} } })),
      },
    },
    visibilityConfig: watched(name),
  };
}

function watched(metricName: string): Wafv2WebAclRule["visibilityConfig"] {
  return { cloudwatchMetricsEnabled: true, metricName, sampledRequestsEnabled: true };
}
