/** Alarms, each with a link to what is to be done about it, and the topic that they are told to. */
import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmMetricQuery,
} from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic/index.js";
import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy/index.js";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription/index.js";
import { Construct } from "constructs";
import type { EncryptionKey } from "./encryption-key.ts";
import { denyInsecureTransport, policyJson } from "./policy.ts";

export interface AlarmsOptions {
  namePrefix: string;
  region: string;
  accountId: string;
  key: EncryptionKey | undefined;
  /** Is asked by AWS to confirm before anything is sent there. */
  email: string | undefined;
  /** Where docs/runbook.md can be read. */
  runbookUrl: string;
}

/** A metric of CloudWatch. */
export interface Metric {
  namespace: string;
  name: string;
  dimensions: Record<string, string>;
}

export interface AlarmOptions {
  /** One sentence. */
  meaning: string;
  /** Added up, where they are several: at most nine, with those of `share`. */
  metrics: Metric[];
  /** Makes the threshold one in percent of the sum of these, which counts from so many on. */
  share?: { of: Metric[]; atLeast: number };
  statistic: "Sum" | "Maximum" | "SampleCount";
  comparison?: "GreaterThanOrEqualToThreshold" | "LessThanThreshold";
  threshold: number;
  periodMinutes?: number;
  /** How many periods in a row. */
  periods?: number;
  /** No data is as good as nothing wrong, unless it is what is wrong. */
  missingIsBad?: boolean;
}

/** What an alarm on an expression may have, the expression among them: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html */
const MAX_METRICS = 9;

export class Alarms extends Construct {
  readonly topicArn: string;
  readonly arns: string[] = [];
  readonly #options: AlarmsOptions;

  constructor(scope: Construct, id: string, options: AlarmsOptions) {
    super(scope, id);
    this.#options = options;
    const { namePrefix, region, accountId, key, email } = options;
    const topic = new SnsTopic(this, "topic", {
      name: `${namePrefix}-alarms`,
      displayName: "Image pipeline alarms",
      // CloudWatch may not use the key of AWS that other topics have (docs/security.md).
      ...(key && { kmsMasterKeyId: key.arn }),
    });
    this.topicArn = topic.arn;
    new SnsTopicPolicy(this, "policy", {
      arn: topic.arn,
      policy: policyJson([
        {
          Sid: "AlarmsOfThisAccount",
          Effect: "Allow",
          Principal: { Service: "cloudwatch.amazonaws.com" },
          Action: "sns:Publish",
          Resource: topic.arn,
          Condition: {
            ArnLike: { "aws:SourceArn": `arn:aws:cloudwatch:${region}:${accountId}:alarm:${namePrefix}-*` },
            StringEquals: { "aws:SourceAccount": accountId },
          },
        },
        denyInsecureTransport("sns:Publish", [topic.arn]),
      ]),
    });
    if (email !== undefined)
      new SnsTopicSubscription(this, "email", {
        topicArn: topic.arn,
        protocol: "email",
        endpoint: email,
      });
  }

  /** @param name as it is in the runbook: its heading there, in lower case with hyphens. */
  add(name: string, options: AlarmOptions): void {
    const { namePrefix, runbookUrl } = this.#options;
    const { periodMinutes = 5, periods = 1 } = options;
    const alarm = new CloudwatchMetricAlarm(this, name, {
      alarmName: `${namePrefix}-${name}`,
      alarmDescription: `${options.meaning} What to do: ${runbookUrl}#${name}`,
      comparisonOperator: options.comparison ?? "GreaterThanOrEqualToThreshold",
      threshold: options.threshold,
      evaluationPeriods: periods,
      treatMissingData: options.missingIsBad ? "breaching" : "notBreaching",
      alarmActions: [this.topicArn],
      okActions: [this.topicArn],
      ...measured(options, periodMinutes * 60),
    });
    this.arns.push(alarm.arn);
  }
}

function measured({ metrics, share, statistic }: AlarmOptions, periodSeconds: number) {
  const [only] = metrics;
  if (only !== undefined && metrics.length === 1 && !share)
    return {
      namespace: only.namespace,
      metricName: only.name,
      dimensions: only.dimensions,
      statistic,
      period: periodSeconds,
    };
  const all = [...metrics, ...(share?.of ?? [])];
  if (metrics.length === 0 || all.length > MAX_METRICS)
    throw new Error(`An alarm takes 1 to ${MAX_METRICS} metrics, not ${all.length}.`);
  const queries: CloudwatchMetricAlarmMetricQuery[] = all.map(({ namespace, name, dimensions }, index) => ({
    id: `m${index}`,
    metric: { namespace, metricName: name, dimensions, stat: statistic, period: periodSeconds },
  }));
  const sum = (some: CloudwatchMetricAlarmMetricQuery[]) => `SUM([${some.map(({ id }) => `FILL(${id},0)`)}])`;
  const total = sum(queries.slice(0, metrics.length));
  const result = share
    ? {
        id: "percent",
        expression: `IF(${total} >= ${share.atLeast}, 100 * ${total} / ${sum(queries.slice(metrics.length))}, 0)`,
        label: "Percent",
      }
    : { id: "total", expression: total, label: "Total" };
  return { metricQuery: [{ ...result, returnData: true }, ...queries] };
}
