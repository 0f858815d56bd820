/** Resources that no service here stands for: what the account itself tells, and what is left out on one machine, with its reason. */
import * as z from "zod";
import {
  emulated,
  leftOut,
  NO_ARGUMENTS,
  type ResourceType,
  type ResourceTypes,
  type StackContext,
} from "./resource.ts";

const NO_TEMPORARY_KEYS = "Users get no AWS credentials on this machine.";
const ONLY_CALLER = "Nobody else can reach this machine's engine.";
const NO_NETWORK = "Functions reach what this machine reaches.";
const SHOWN = "The engine shows what happens.";

/** Attributes of what has nothing behind it here but a name. */
function named(argument: string, arnOf: (name: string, context: StackContext) => string): ResourceType {
  return emulated(z.looseObject({ [argument]: z.string() }), (settings, context) => {
    const name = String(settings[argument]);
    return { id: name, name, arn: arnOf(name, context) };
  });
}

/** Attributes of what has nothing behind it here but an id. */
function numbered(kind: string, more: Record<string, string> = {}): ResourceType {
  return emulated(NO_ARGUMENTS, () => ({ id: `${kind}-local`, ...more }));
}

const identityPool = emulated(NO_ARGUMENTS, (_, { region, accountId }) => {
  const id = `${region}:00000000-0000-0000-0000-000000000000`;
  return { id, arn: `arn:aws:cognito-identity:${region}:${accountId}:identitypool/${id}` };
});

export const OTHER_RESOURCES: ResourceTypes = {
  "data.aws_caller_identity": emulated(NO_ARGUMENTS, (_, { accountId }) => ({
    id: accountId,
    account_id: accountId,
    arn: `arn:aws:iam::${accountId}:root`,
    user_id: accountId,
  })),

  aws_vpc: leftOut(NO_NETWORK, numbered("vpc", { main_route_table_id: "rtb-local" })),
  aws_subnet: leftOut(NO_NETWORK, numbered("subnet")),
  aws_security_group: leftOut(NO_NETWORK, numbered("sg")),
  aws_default_security_group: leftOut(NO_NETWORK),
  aws_vpc_security_group_egress_rule: leftOut(NO_NETWORK),
  aws_vpc_endpoint: leftOut(NO_NETWORK, numbered("vpce", { prefix_list_id: "pl-local" })),

  aws_route53_record: leftOut("Addresses of AWS are addresses of this machine here."),
  aws_wafv2_web_acl: leftOut(
    ONLY_CALLER,
    // One of CloudFront's: they are in that region.
    named(
      "name",
      (name, { accountId }) => `arn:aws:wafv2:us-east-1:${accountId}:global/webacl/${name}/${name}`,
    ),
  ),
  aws_wafv2_web_acl_association: leftOut(ONLY_CALLER),
  aws_cloudtrail: leftOut(ONLY_CALLER),
  aws_budgets_budget: leftOut("Nothing costs anything here."),

  aws_cognito_identity_pool: leftOut(NO_TEMPORARY_KEYS, identityPool),
  aws_cognito_identity_pool_roles_attachment: leftOut(NO_TEMPORARY_KEYS),
  aws_cognito_identity_pool_provider_principal_tag: leftOut(NO_TEMPORARY_KEYS),

  aws_cloudwatch_log_group: leftOut(
    SHOWN,
    named("name", (name, { region, accountId }) => `arn:aws:logs:${region}:${accountId}:log-group:${name}`),
  ),
  aws_cloudwatch_log_delivery_source: leftOut(SHOWN),
  aws_cloudwatch_log_delivery_destination: leftOut(
    SHOWN,
    named(
      "name",
      (name, { region, accountId }) => `arn:aws:logs:${region}:${accountId}:delivery-destination:${name}`,
    ),
  ),
  aws_cloudwatch_log_delivery: leftOut(SHOWN),
  aws_cloudwatch_metric_alarm: leftOut(
    "Whoever runs the engine sees what goes wrong.",
    named(
      "alarm_name",
      (name, { region, accountId }) => `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}`,
    ),
  ),
  aws_cloudwatch_dashboard: leftOut(SHOWN),
};
