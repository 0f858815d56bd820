/** A bill: what is used, line by line, and what it comes to. */
import { dollarsFor, type PriceName } from "../../stacks/costs/prices.ts";
import { gbSeconds } from "./lambda.ts";
import { STEPS } from "./measured.ts";
import type { Usage } from "./usage.ts";

export interface Line {
  service: string;
  what: string;
  price: PriceName;
  /** Units of that price, an image. */
  units: number;
  /** Paid once for processing an image, or by the month for as long as it is kept. */
  kind: "processing" | "storage";
}

export interface Kind {
  workflowType: "STANDARD" | "EXPRESS";
  architecture: "arm64" | "x86_64";
  /** Errors only, unless told. */
  executionLog?: "ALL";
}

export function linesOf(usage: Usage, kind: Kind): Line[] {
  return [
    ...lambdaLines(usage, kind),
    ...workflowLines(usage, kind),
    line("SQS", "requests", "sqsRequest", usage.queueRequests),
    line("S3", "PUT", "s3Put", usage.s3.puts),
    line("S3", "GET, HEAD", "s3Get", usage.s3.gets),
    line("DynamoDB", "reads", "dynamodbRead", usage.dynamodb.reads),
    line("DynamoDB", "writes", "dynamodbWrite", usage.dynamodb.writes),
    line("CloudWatch Logs", "of the functions", "logsIngestion", usage.logsGb.functions),
    line("SNS", "publish", "snsPublish", usage.published),
    line("EventBridge", "events", "eventPut", usage.published),
    line("X-Ray", "traces", "xrayTrace", usage.traces),
    stored("S3, a month", "originals", "s3Standard", usage.stored.original),
    stored("S3, a month", "variants", "s3Standard", usage.stored.processed),
    stored("S3", "access logs, until they expire", "s3Standard", usage.stored.accessLogs),
    stored("DynamoDB, a month", "records", "dynamodbStorage", usage.dynamodb.storedGb),
    stored("DynamoDB, a month", "point-in-time recovery", "dynamodbBackup", usage.dynamodb.storedGb),
  ];
}

function lambdaLines({ lambda }: Usage, { architecture }: Kind): Line[] {
  const price = architecture === "arm64" ? "lambdaGbSecondArm64" : "lambdaGbSecondX86";
  const inits = STEPS.map((step) => gbSeconds(lambda[step].memoryMb, lambda[step].initMs));
  return [
    line("Lambda", "requests", "lambdaRequest", STEPS.length),
    ...STEPS.map((step) =>
      line("Lambda", step, price, gbSeconds(lambda[step].memoryMb, lambda[step].invokeMs)),
    ),
    line(
      "Lambda",
      "cold starts",
      price,
      inits.reduce((sum, init) => sum + init, 0),
    ),
  ];
}

function workflowLines(usage: Usage, { workflowType, executionLog }: Kind): Line[] {
  if (workflowType === "STANDARD")
    return [line("Step Functions", "state transitions", "stateTransition", usage.transitions)];
  return [
    line("Step Functions", "requests", "expressRequest", 1),
    line("Step Functions", "duration", "expressGbHour", usage.expressGbHours),
    ...(executionLog === "ALL"
      ? [line("CloudWatch Logs", "of the executions", "logsIngestion", usage.logsGb.expressHistory)]
      : []),
  ];
}

function line(service: string, what: string, price: PriceName, units: number): Line {
  return { service, what, price, units, kind: "processing" };
}

function stored(service: string, what: string, price: PriceName, units: number): Line {
  return { service, what, price, units, kind: "storage" };
}

/** @returns dollars for so many images a month, in the order of the lines. Lines of one price climb its tiers together. */
export function dollarsOf(lines: Line[], images: number): number[] {
  return lines.map(({ price, units }) => {
    const all = lines.filter((other) => other.price === price).reduce((sum, other) => sum + other.units, 0);
    return all === 0 ? 0 : (dollarsFor(price, all * images) * units) / all;
  });
}

export function totalOf(lines: Line[], images: number): number {
  return dollarsOf(lines, images).reduce((sum, dollars) => sum + dollars, 0);
}
