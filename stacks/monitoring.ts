/** Monitoring: storage metrics, alarms, and a dashboard. */
import { CloudwatchDashboard } from "@cdktf/provider-aws/lib/cloudwatch-dashboard/index.js";
import type { Construct } from "constructs";
import { Alarms, type Metric } from "./constructs/alarms.ts";
import type { MetadataTable } from "./constructs/metadata-table.ts";
import { type FunctionDefaults, NodeFunction } from "./constructs/node-function.ts";
import type { PrivateBucket } from "./constructs/private-bucket.ts";
import type { RestApi } from "./constructs/rest-api.ts";
import { Schedule } from "./constructs/schedule.ts";
import type { UploadQueue } from "./constructs/upload-queue.ts";
import type { Workflow } from "./constructs/workflow.ts";
import { dashboardBody } from "./dashboard.ts";
import type { Settings } from "./settings.ts";

export interface MonitoringParts {
  defaults: FunctionDefaults;
  settings: Settings;
  buckets: { original: PrivateBucket; staging: PrivateBucket; processed: PrivateBucket };
  table: MetadataTable;
  uploads: UploadQueue;
  workflow: Workflow;
  api: RestApi;
  /** All but the one that is made here. */
  functions: NodeFunction[];
  reconcile: NodeFunction;
  /** Where pictures are looked at. */
  recognise: NodeFunction | undefined;
  closeUploads: NodeFunction | undefined;
}

const STORAGE_METRICS = "collect-storage-metrics";
const STORAGE_METRICS_MINUTES = 5;

export function addMonitoring(
  scope: Construct,
  parts: MonitoringParts,
): { alarmTopicArn: string; dashboardName: string } {
  const { defaults, settings, table, uploads, workflow, api } = parts;
  const { namePrefix, accountId, key } = defaults;
  const { region } = settings;
  const collector = storageMetrics(scope, parts);
  const functions = [...parts.functions, collector];

  const alarms = new Alarms(scope, "alarms", {
    namePrefix,
    region,
    accountId,
    key,
    email: settings.alarms.email,
    runbookUrl: settings.alarms.runbookUrl,
  });
  addAlarms(alarms, parts);

  const dashboard = new CloudwatchDashboard(scope, "dashboard", {
    dashboardName: namePrefix,
    dashboardBody: dashboardBody({
      region,
      namePrefix,
      settings,
      functions: [...functions, ...(parts.recognise ? [parts.recognise] : [])].map(
        ({ shortName, name, memoryMb }) => ({ shortName, name, memoryMb }),
      ),
      queueName: uploads.name,
      deadLetterName: uploads.deadLetterName,
      stateMachineArn: workflow.arn,
      apiId: api.id,
      tableName: table.name,
      buckets: Object.fromEntries(Object.entries(parts.buckets).map(([name, bucket]) => [name, bucket.name])),
      alarmArns: alarms.arns,
    }),
  });
  return { alarmTopicArn: alarms.topicArn, dashboardName: dashboard.dashboardName };
}

function storageMetrics(scope: Construct, { defaults, settings, buckets }: MonitoringParts): NodeFunction {
  const collector = new NodeFunction(scope, STORAGE_METRICS, {
    ...defaults,
    name: STORAGE_METRICS,
    memoryMb: settings.memoryMb.storageMetrics,
    timeoutSeconds: 60,
    environment: {
      BUCKETS: JSON.stringify(Object.values(buckets).map(({ name }) => name)),
      MAX_PAGES: JSON.stringify(settings.storageMetrics.maxPages),
    },
  });
  for (const bucket of Object.values(buckets)) bucket.grantListVersions(collector);
  // Metrics have no resources that could be named.
  collector.allow(["cloudwatch:GetMetricData"], ["*"]);
  new Schedule(scope, "storage-metrics-schedule", {
    ...defaults,
    name: `${defaults.namePrefix}-storage-metrics`,
    everyMinutes: STORAGE_METRICS_MINUTES,
    target: collector,
  });
  return collector;
}

const STEPS = ["validate", "resize", "watermark", "record-metadata"];

/** Each has a heading of its name in docs/runbook.md. What happens now and then by design is one when it is a share of all. */
function addAlarms(alarms: Alarms, parts: MonitoringParts): void {
  const { defaults, settings, table, uploads, api } = parts;
  const steps = parts.functions.filter(({ shortName }) => STEPS.includes(shortName));
  const own = (name: string, dimensions: Record<string, string>): Metric => ({
    namespace: defaults.namePrefix,
    name,
    dimensions,
  });
  const aws = (service: string, name: string, dimensions: Record<string, string>): Metric => ({
    namespace: `AWS/${service}`,
    name,
    dimensions,
  });
  const ended = (name: string, service = "record-metadata") => own(name, { service });
  const failed = [ended("ImagesFailed"), ended("ImagesFailed", "reconcile")];
  const images = [...failed, ended("ImagesProcessed"), ended("ImagesRejected")];
  const ofFunction = (name: string, lambda: NodeFunction) =>
    aws("Lambda", name, { FunctionName: lambda.name });
  alarms.add("dead-letters", {
    meaning: "Uploads could not be handed to the state machine, and wait in the dead-letter queue.",
    metrics: [aws("SQS", "ApproximateNumberOfMessagesVisible", { QueueName: uploads.deadLetterName })],
    statistic: "Maximum",
    threshold: 1,
  });
  alarms.add("failed-images", {
    meaning: "One image in a hundred, or more, could not be processed through no fault of its own.",
    shares: [{ metrics: failed, of: images, atLeast: 1 }],
    statistic: "Sum",
    threshold: 1,
  });
  alarms.add("outcomes-not-recorded", {
    meaning:
      "One execution in a hundred, or more, ended without recording what became of its image, or nobody looks for those.",
    shares: [
      { metrics: [ended("ImagesFailed", "reconcile")], of: images, atLeast: 3 },
      // What fails once is tried twice more.
      {
        metrics: [ofFunction("Errors", parts.reconcile)],
        of: [ofFunction("Invocations", parts.reconcile)],
        atLeast: 3,
      },
    ],
    statistic: "Sum",
    threshold: 1,
  });
  alarms.add("nobody-told", {
    meaning: "What became of images cannot be told to the topic, for a quarter of an hour.",
    metrics: ["record-metadata", "reconcile"].map((service) => own("NotificationsFailed", { service })),
    statistic: "Sum",
    threshold: 1,
    periods: 3,
  });
  const { recognise } = parts;
  if (recognise) {
    const [errors, throttles, invocations] = [
      ofFunction("Errors", recognise),
      ofFunction("Throttles", recognise),
      ofFunction("Invocations", recognise),
    ];
    alarms.add("pictures-not-recognised", {
      meaning:
        "Half of all tries to look at a picture, or more, fail: pictures wait, or are published unseen.",
      // One picture is tried five times, before it is published all the same.
      shares: [{ metrics: [errors, throttles], of: [invocations, throttles], atLeast: 5 }],
      statistic: "Sum",
      threshold: 50,
    });
  }
  if (parts.closeUploads)
    alarms.add("uploads-not-closed", {
      meaning: "The month has cost what it may, and sign-up and uploads could not be closed.",
      metrics: [ofFunction("Errors", parts.closeUploads)],
      statistic: "Sum",
      threshold: 1,
    });
  if (settings.canary !== false)
    alarms.add("canary-missing", {
      meaning: "A photograph that was sent through everything did not come out, twice in a row.",
      metrics: [own("CanaryReturned", { service: "canary" })],
      statistic: "SampleCount",
      comparison: "LessThanThreshold",
      threshold: 1,
      periodMinutes: settings.canary.everyMinutes,
      periods: 2,
      missingIsBad: true,
    });
  alarms.add("uploads-wait-too-long", {
    meaning: `The oldest upload has waited for ${settings.alarms.oldestMessageMinutes} minutes to be processed.`,
    metrics: [aws("SQS", "ApproximateAgeOfOldestMessage", { QueueName: uploads.name })],
    statistic: "Maximum",
    threshold: settings.alarms.oldestMessageMinutes * 60,
  });
  alarms.add("lambda-throttles", {
    meaning: "One try in five to run a step, or more, is refused: the account's concurrency is used up.",
    // As many as an alarm takes. Where the API is refused, that is an error of its own.
    shares: [
      {
        metrics: steps.map((step) => ofFunction("Throttles", step)),
        of: steps.flatMap((step) => [ofFunction("Throttles", step), ofFunction("Invocations", step)]),
        atLeast: 100,
      },
    ],
    statistic: "Sum",
    // Of uploads alone, up to 3% are; where others have most of the account's functions, 30% (bench/README.md).
    threshold: 20,
    periods: 3,
  });
  alarms.add("api-errors", {
    meaning: "The REST API answers one request in a hundred, or more, that the fault is ours.",
    shares: [
      {
        metrics: [aws("ApiGateway", "5xx", { ApiId: api.id })],
        of: [aws("ApiGateway", "Count", { ApiId: api.id })],
        atLeast: 5,
      },
    ],
    statistic: "Sum",
    threshold: 1,
  });
  const requests = (name: string, statistic?: Metric["statistic"]) =>
    ["GetItem", "Query", "UpdateItem", "PutItem"].map((Operation) => ({
      ...aws("DynamoDB", name, { TableName: table.name, Operation }),
      ...(statistic && { statistic }),
    }));
  alarms.add("table-throttles", {
    meaning: "DynamoDB refuses one request for records in twenty, or more.",
    // Also where it is an index that has no capacity left.
    shares: [
      {
        metrics: requests("ThrottledRequests"),
        // That many have succeeded.
        of: [...requests("ThrottledRequests"), ...requests("SuccessfulRequestLatency", "SampleCount")],
        atLeast: 20,
      },
    ],
    statistic: "Sum",
    threshold: 5,
    periods: 2,
  });
  const { storedGb } = settings.alarms;
  if (storedGb !== undefined)
    alarms.add("storage-grows", {
      meaning: `The buckets hold ${storedGb} GB, or more.`,
      metrics: Object.values(parts.buckets).map((bucket) =>
        own("BucketSizeBytes", { service: STORAGE_METRICS, BucketName: bucket.name }),
      ),
      statistic: "Maximum",
      threshold: storedGb * 1e9,
    });
  alarms.add("storage-metrics-missing", {
    meaning: "Nobody knows how much is in the buckets: the storage metrics do not come.",
    metrics: [own("StorageMeasurements", { service: STORAGE_METRICS })],
    statistic: "SampleCount",
    comparison: "LessThanThreshold",
    threshold: 1,
    periodMinutes: STORAGE_METRICS_MINUTES,
    periods: 4,
    missingIsBad: true,
  });
}
