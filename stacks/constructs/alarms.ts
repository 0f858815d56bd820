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
  /** Where it is another one than the alarm's. */
  statistic?: Statistic;
}

type Statistic = "Sum" | "Maximum" | "SampleCount";

/** What goes wrong, in percent of all: it counts from so many in a period on. */
export interface Share {
  metrics: Metric[];
  /** With what goes wrong. */
  of: Metric[];
  atLeast: number;
}

export type AlarmOptions = {
  /** One sentence. */
  meaning: string;
  statistic: Statistic;
  comparison?: "GreaterThanOrEqualToThreshold" | "LessThanThreshold";
  threshold: number;
  periodMinutes?: number;
  /** How many periods in a row. */
  periods?: number;
  /** No data is as good as nothing wrong, unless it is what is wrong. */
  missingIsBad?: boolean;
} & (
  | {
      /** Added up, where they are several. */
      metrics: Metric[];
    }
  | {
      /** The largest counts. */
      shares: Share[];
    }
);

/** What an alarm on an expression may have besides the expression: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html */
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

function measured(options: AlarmOptions, periodSeconds: number) {
  const { statistic } = options;
  const [only, ...others] = "metrics" in options ? options.metrics : [];
  if (only !== undefined && others.length === 0)
    return {
      namespace: only.namespace,
      metricName: only.name,
      dimensions: only.dimensions,
      statistic,
      period: periodSeconds,
    };
  const queries = new Queries(statistic, periodSeconds);
  const result =
    "metrics" in options
      ? { id: "total", expression: queries.sum(options.metrics), label: "Total" }
      : {
          id: "percent",
          expression: largest(options.shares.map((share) => percent(share, queries))),
          label: "Percent",
        };
  return { metricQuery: [{ ...result, returnData: true }, ...queries.all()] };
}

function percent({ metrics, of, atLeast }: Share, queries: Queries): string {
  const wrong = queries.sum(metrics);
  return `IF(${wrong} >= ${atLeast}, 100 * ${wrong} / ${queries.sum(of)}, 0)`;
}

function largest(expressions: string[]): string {
  return expressions.length === 1 ? expressions.join() : `MAX([${expressions}])`;
}

/** The metrics of one expression, each of them once. */
class Queries {
  readonly #byMetric = new Map<string, CloudwatchMetricAlarmMetricQuery>();
  readonly #statistic: Statistic;
  readonly #periodSeconds: number;

  constructor(statistic: Statistic, periodSeconds: number) {
    this.#statistic = statistic;
    this.#periodSeconds = periodSeconds;
  }

  /** As an expression. What was not measured counts as nothing. */
  sum(metrics: Metric[]): string {
    return `SUM([${metrics.map((metric) => `FILL(${this.#idOf(metric)},0)`)}])`;
  }

  all(): CloudwatchMetricAlarmMetricQuery[] {
    const all = [...this.#byMetric.values()];
    if (all.length === 0 || all.length > MAX_METRICS)
      throw new Error(`An alarm takes 1 to ${MAX_METRICS} metrics, not ${all.length}.`);
    return all;
  }

  #idOf({ namespace, name, dimensions, statistic = this.#statistic }: Metric): string {
    const metric = {
      namespace,
      metricName: name,
      dimensions,
      stat: statistic,
      period: this.#periodSeconds,
    };
    const key = JSON.stringify(metric);
    const known = this.#byMetric.get(key);
    if (known) return known.id;
    const id = `m${this.#byMetric.size}`;
    this.#byMetric.set(key, { id, metric });
    return id;
  }
}
