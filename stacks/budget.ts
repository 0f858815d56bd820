/** What a month may cost, and what happens when it has: sign-up and uploads close, and what is there stays readable. */
import { BudgetsBudget } from "@cdktf/provider-aws/lib/budgets-budget/index.js";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission/index.js";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic/index.js";
import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy/index.js";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription/index.js";
import type { Construct } from "constructs";
import { type FunctionDefaults, NodeFunction } from "./constructs/node-function.ts";
import { denyInsecureTransport, policyJson } from "./constructs/policy.ts";
import type { UsageTable } from "./constructs/usage-table.ts";
import type { Settings } from "./settings.ts";

export interface BudgetParts {
  defaults: FunctionDefaults;
  settings: Settings;
  usage: UsageTable;
}

/** People are told before it is used up, too. */
const EARLY_PERCENT = 80;

/** @returns what closes, where there is a budget. */
export function addBudget(
  scope: Construct,
  { defaults, settings, usage }: BudgetParts,
): NodeFunction | undefined {
  const { budget, alarms } = settings;
  if (budget === undefined) return undefined;
  const { namePrefix, accountId, key } = defaults;
  const name = "close-uploads";
  const closing = new NodeFunction(scope, name, {
    ...defaults,
    name,
    memoryMb: settings.memoryMb.storageMetrics,
    timeoutSeconds: 30,
    environment: { USAGE_TABLE: usage.name, CAN_CLOSE: "true" },
  });
  usage.grant(closing, "PutItem");

  const topic = new SnsTopic(scope, "budget-topic", {
    name: `${namePrefix}-budget`,
    // AWS Budgets may not use the key of AWS that other topics have (docs/security.md).
    ...(key && { kmsMasterKeyId: key.arn }),
  });
  // https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html
  const policy = new SnsTopicPolicy(scope, "budget-topic-policy", {
    arn: topic.arn,
    policy: policyJson([
      {
        Sid: "BudgetsOfThisAccount",
        Effect: "Allow",
        Principal: { Service: "budgets.amazonaws.com" },
        Action: "sns:Publish",
        Resource: topic.arn,
        Condition: {
          StringEquals: { "aws:SourceAccount": accountId },
          ArnLike: { "aws:SourceArn": `arn:aws:budgets::${accountId}:*` },
        },
      },
      denyInsecureTransport("sns:Publish", [topic.arn]),
    ]),
  });
  new LambdaPermission(scope, "budget-may-close", {
    functionName: closing.name,
    action: "lambda:InvokeFunction",
    principal: "sns.amazonaws.com",
    sourceArn: topic.arn,
  });
  new SnsTopicSubscription(scope, "budget-closes", {
    topicArn: topic.arn,
    protocol: "lambda",
    endpoint: closing.arn,
  });

  const people = alarms.email === undefined ? [] : [alarms.email];
  const notification = (notificationType: "ACTUAL" | "FORECASTED", threshold: number, topics: string[]) => ({
    comparisonOperator: "GREATER_THAN",
    notificationType,
    threshold,
    thresholdType: "PERCENTAGE",
    subscriberEmailAddresses: people,
    subscriberSnsTopicArns: topics,
  });
  new BudgetsBudget(scope, "budget", {
    name: `${namePrefix}-month`,
    budgetType: "COST",
    timeUnit: "MONTHLY",
    limitAmount: String(budget.monthlyDollars),
    limitUnit: "USD",
    notification: [
      notification("ACTUAL", 100, [topic.arn]),
      ...(people.length > 0
        ? [notification("ACTUAL", EARLY_PERCENT, []), notification("FORECASTED", 100, [])]
        : []),
    ],
    // AWS Budgets tries the topic when it is made.
    dependsOn: [policy],
  });
  return closing;
}
