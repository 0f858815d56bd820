/** Web application firewalls, in front of the web app and of the sign-in pages: AWS's lists of known bad, and a limit for each address. */
import { Wafv2WebAcl, type Wafv2WebAclRule } from "@cdktf/provider-aws/lib/wafv2-web-acl/index.js";
import { Wafv2WebAclAssociation } from "@cdktf/provider-aws/lib/wafv2-web-acl-association/index.js";
import type { Construct } from "constructs";

/** Of one IP address, in five minutes. A gallery page loads some dozens of files, most of them from S3. */
const MAX_REQUESTS = 2000;

/**
 * A photograph is larger than the 8 KB that the rules take for a body, and its metadata (`<?xpacket`) looks like markup to them:
 * https://repost.aws/knowledge-center/waf-upload-blocked-files
 */
const ABOUT_BODIES = ["SizeRestrictions_BODY", "CrossSiteScripting_BODY", "GenericLFI_BODY"];

/** @returns the ARN that a distribution names. */
export function firewallOfSite(scope: Construct, namePrefix: string): string {
  // CloudFront takes those of us-east-1 only.
  return firewall(scope, "firewall", {
    name: `${namePrefix}-site`,
    scope: "CLOUDFRONT",
    region: "us-east-1",
  });
}

/** In front of a user pool's pages and of its API. */
export function guardUsers(scope: Construct, namePrefix: string, userPoolArn: string): void {
  const webAclArn = firewall(scope, "users-firewall", { name: `${namePrefix}-users`, scope: "REGIONAL" });
  new Wafv2WebAclAssociation(scope, "users-firewall-association", { resourceArn: userPoolArn, webAclArn });
}

function firewall(
  scope: Construct,
  id: string,
  options: { name: string; scope: "CLOUDFRONT" | "REGIONAL"; region?: string },
): string {
  const acl = new Wafv2WebAcl(scope, id, {
    ...options,
    description: "What may not reach the pages behind it",
    defaultAction: { allow: {} },
    rule: [
      managed("AWSManagedRulesAmazonIpReputationList", 0),
      managed("AWSManagedRulesKnownBadInputsRuleSet", 1),
      managed("AWSManagedRulesCommonRuleSet", 2, ABOUT_BODIES),
      {
        name: "rate-of-one-address",
        priority: 3,
        action: { block: {} },
        statement: { rate_based_statement: { limit: MAX_REQUESTS, aggregate_key_type: "IP" } },
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
