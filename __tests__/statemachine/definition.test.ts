import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { renderDefinition, type Substitutions } from "../../statemachine/render.ts";
import { synthesize } from "../fixtures/stack.ts";

// The validator is CommonJS without a default export that TypeScript could name.
const validateAsl: (definition: unknown) => { isValid: boolean; errorsText: (separator: string) => string } =
  createRequire(import.meta.url)("asl-validator");

const lambda = (name: string) => `arn:aws:lambda:eu-west-1:123456789012:function:${name}`;
const substitutions: Substitutions = {
  validateArn: lambda("validate"),
  resizeArn: lambda("resize"),
  watermarkArn: lambda("watermark"),
  recordMetadataArn: lambda("record-metadata"),
  outcomeTopicArn: "arn:aws:sns:eu-west-1:123456789012:outcomes",
};

interface Retrier {
  ErrorEquals: string[];
  MaxAttempts: number;
  JitterStrategy?: string;
  MaxDelaySeconds?: number;
  BackoffRate?: number;
}
interface State {
  Type: string;
  Resource?: string;
  TimeoutSeconds?: number;
  Parameters?: { FunctionName?: string };
  Retry?: Retrier[];
  Catch?: { ErrorEquals: string[]; Next: string }[];
}
const definition: { StartAt: string; States: Record<string, State> } = JSON.parse(
  renderDefinition(substitutions),
);
const tasks = Object.entries(definition.States).filter(([, { Type }]) => Type === "Task");
const lambdaTasks = tasks.filter(([, { Resource }]) => Resource?.endsWith(":lambda:invoke"));

it("the definition is valid Amazon States Language", () => {
  const { isValid, errorsText } = validateAsl(definition);
  expect(isValid, isValid ? "" : errorsText("\n")).toBe(true);
});

it("a substitution that is missing or not used is an error", () => {
  const { outcomeTopicArn: _, ...missing } = substitutions;
  expect(() => renderDefinition(missing as Substitutions)).toThrow("${outcomeTopicArn}");
  expect(() => renderDefinition({ ...substitutions, extra: "x" } as Substitutions)).toThrow("extra");
});

describe.each(tasks)("%s", (name, state) => {
  it("has a timeout, retries that back off with full jitter and a cap, and somewhere to go when they are used up", () => {
    expect(state.TimeoutSeconds).toBeGreaterThan(0);
    const retries = state.Retry?.filter(({ MaxAttempts }) => MaxAttempts > 0) ?? [];
    expect(retries.length).toBeGreaterThan(0);
    for (const retry of retries)
      expect(retry).toMatchObject({ JitterStrategy: "FULL", BackoffRate: 2, MaxDelaySeconds: 20 });
    expect(state.Catch?.at(-1)?.ErrorEquals).toEqual(["States.ALL"]);
  });

  it("never retries a rejection", () => {
    if (!["Validate", "Resize", "Watermark", "RecordMetadata"].includes(name)) return;
    expect(state.Retry?.[0]).toEqual({ ErrorEquals: ["ImageRejected"], MaxAttempts: 0 });
    expect(state.Catch).toEqual([
      { ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: "RecordFailure" },
    ]);
  });
});

it("Lambda's own transient errors are retried, as AWS documents them", () => {
  // https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#bp-lambda-serviceexception
  for (const [, { Retry }] of lambdaTasks)
    expect(Retry?.flatMap(({ ErrorEquals }) => ErrorEquals)).toEqual(
      expect.arrayContaining([
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.ClientExecutionTimeoutException",
        "Lambda.TooManyRequestsException",
      ]),
    );
});

it("every state is waited for longer than its function may run", () => {
  const { json } = synthesize();
  const timeouts = new Map(
    Object.values(json.resource.aws_lambda_function ?? {}).map(({ function_name, timeout }) => [
      String(function_name).replace("image-pipeline-dev-", ""),
      Number(timeout),
    ]),
  );
  for (const [name, { Parameters, TimeoutSeconds }] of lambdaTasks) {
    const functionName = Parameters?.FunctionName?.split(":").at(-1) ?? "";
    expect(TimeoutSeconds, name).toBeGreaterThan(timeouts.get(functionName) ?? Number.POSITIVE_INFINITY);
  }
});
