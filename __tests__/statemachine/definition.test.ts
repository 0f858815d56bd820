import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { Throttled } from "../../functions/shared/throttled.ts";
import {
  type Retrier,
  renderDefinition,
  type Substitutions,
  type WorkflowType,
} from "../../statemachine/render.ts";
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
};

interface State {
  Type: string;
  Next?: string;
  Resource?: string;
  TimeoutSeconds?: number;
  Parameters?: { FunctionName?: string; Payload?: unknown };
  Retry?: Retrier[];
  Catch?: { ErrorEquals: string[]; Next: string }[];
}
const definitionOf = (type: WorkflowType): { StartAt: string; States: Record<string, State> } =>
  JSON.parse(renderDefinition(type, substitutions));
const definition = definitionOf("STANDARD");
const tasks = Object.entries(definition.States).filter(([, { Type }]) => Type === "Task");
const lambdaTasks = tasks.filter(([, { Resource }]) => Resource?.endsWith(":lambda:invoke"));

it("the definition is valid Amazon States Language", () => {
  for (const type of ["STANDARD", "EXPRESS"] as const) {
    const { isValid, errorsText } = validateAsl(definitionOf(type));
    expect(isValid, isValid ? "" : errorsText("\n")).toBe(true);
  }
});

const retrierFor = ({ Retry = [] }: State, error: string) =>
  Retry.find(({ ErrorEquals }) => ErrorEquals.includes(error));

describe("where pictures are looked at", () => {
  const withRecognition = (type: WorkflowType) =>
    JSON.parse(renderDefinition(type, { ...substitutions, recogniseArn: lambda("recognise") }));

  it("the definition is valid, and what is not published is still decided outside", () => {
    for (const type of ["STANDARD", "EXPRESS"] as const) {
      const { isValid, errorsText } = validateAsl(withRecognition(type));
      expect(isValid, isValid ? "" : errorsText("\n")).toBe(true);
    }
    const { States } = withRecognition("STANDARD");
    expect(States.Watermark).toBeUndefined();
    expect(States.Resize.Next).toBe("Publish");
    const { Watermark } = definition.States;
    expect(States.Publish).toMatchObject({
      Type: "Parallel",
      Catch: Watermark?.Catch,
      Next: "RecordMetadata",
    });
    const [marking, looking] = States.Publish.Branches;
    expect(marking.States.Watermark).toMatchObject({
      Retry: Watermark?.Retry,
      Parameters: Watermark?.Parameters,
    });
    expect(looking.States.Recognise.Catch).toEqual([{ ErrorEquals: ["States.ALL"], Next: "NotRecognised" }]);
    expect(looking.States.Recognise.TimeoutSeconds).toBeGreaterThan(30);
  });

  it("a look is as patient as any step, and is given up on soon where it fails for itself", () => {
    for (const type of ["STANDARD", "EXPRESS"] as const) {
      const { Recognise } = withRecognition(type).States.Publish.Branches[1].States;
      const { Validate } = definitionOf(type).States;
      for (const error of ["Lambda.TooManyRequestsException", "Throttled"]) {
        expect(retrierFor(Recognise, error)).toBeDefined();
        expect(retrierFor(Recognise, error)).toEqual(Validate && retrierFor(Validate, error));
      }
      expect(retrierFor(Recognise, "States.ALL")?.MaxAttempts).toBe(4);
    }
  });

  it("all other states are as they are without", () => {
    const { Watermark: _, Resize: resize, ...others } = definition.States;
    const { Publish: __, Resize: resizeHere, ...same } = withRecognition("STANDARD").States;
    expect(same).toEqual(others);
    expect({ ...resizeHere, Next: "Watermark" }).toEqual(resize);
  });
});

it("without, an image that is processed enters four states", () => {
  const way: string[] = [];
  for (let name: string | undefined = definition.StartAt; name; name = definition.States[name]?.Next)
    way.push(name);
  expect(way).toEqual(["Validate", "Resize", "Watermark", "RecordMetadata"]);
});

it("a substitution that is missing or not used is an error", () => {
  const { resizeArn: _, ...missing } = substitutions;
  expect(() => renderDefinition("STANDARD", missing as Substitutions)).toThrow("${resizeArn}");
  expect(() => renderDefinition("STANDARD", { ...substitutions, extra: "x" } as Substitutions)).toThrow(
    "extra",
  );
});

describe.each(tasks)("%s", (name, state) => {
  it("has a timeout, retries that back off with full jitter and a cap, and somewhere to go when they are used up", () => {
    expect(state.TimeoutSeconds).toBeGreaterThan(0);
    const retries = state.Retry?.filter(({ MaxAttempts }) => MaxAttempts > 0) ?? [];
    expect(retries.length).toBeGreaterThan(0);
    for (const retry of retries)
      expect(retry).toMatchObject({
        JitterStrategy: "FULL",
        BackoffRate: 2,
        MaxDelaySeconds: expect.any(Number),
      });
    expect(state.Catch?.at(-1)?.ErrorEquals).toEqual(["States.ALL"]);
  });

  it("never retries what is decided", () => {
    if (!["Validate", "Resize", "Watermark", "RecordMetadata", "RecordFailure"].includes(name)) return;
    const decided = ["ImageRejected", "ImageSuperseded", "NobodyTold", "NotCopied"];
    expect(state.Retry?.[0]).toEqual({ ErrorEquals: decided, MaxAttempts: 0 });
    const superseded = { ErrorEquals: ["ImageSuperseded"], ResultPath: "$.superseded", Next: "Superseded" };
    const untold = { ErrorEquals: ["NobodyTold"], ResultPath: "$.untold", Next: "Tell" };
    const notCopied = { ErrorEquals: ["NotCopied"], ResultPath: "$.image.notCopied", Next: "Resize" };
    expect(state.Catch).toEqual([
      ...(name === "Watermark" ? [notCopied] : []),
      ...(name.startsWith("Record") ? [superseded, untold] : []),
      name === "RecordFailure"
        ? { ErrorEquals: ["States.ALL"], ResultPath: "$.recordError", Next: "HowItEnded" }
        : { ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: "RecordFailure" },
    ]);
  });
});

it("Lambda's own transient errors are retried, as AWS documents them", () => {
  // https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#bp-lambda-serviceexception
  // Tell is tried again whatever the error is.
  for (const [, { Retry }] of lambdaTasks.filter(([name]) => name !== "Tell"))
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

describe("a function that is throttled", () => {
  const retrierOf = (state: State) => retrierFor(state, "Lambda.TooManyRequestsException");
  /** The most that its waits come to, in seconds. With full jitter they come to half of that on average. */
  const longestWait = ({ MaxAttempts, IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = 0 }: Retrier) =>
    Array.from({ length: MaxAttempts }, (_, retry) =>
      Math.min(IntervalSeconds * BackoffRate ** retry, MaxDelaySeconds),
    ).reduce((sum, wait) => sum + wait, 0);
  const waitsIn = (type: WorkflowType) =>
    Object.values(definitionOf(type).States)
      .filter(({ Resource }) => Resource?.endsWith(":lambda:invoke"))
      .map((state) => longestWait(retrierOf(state) ?? { ErrorEquals: [], MaxAttempts: 0 }));

  it("is waited for half an hour on average in every step and in the failure branch, by a retrier of its own", () => {
    expect(waitsIn("STANDARD")).toHaveLength(6);
    for (const longest of waitsIn("STANDARD")) expect(longest / 2).toBeGreaterThanOrEqual(30 * 60);
    for (const [, state] of lambdaTasks)
      expect(retrierOf(state)?.ErrorEquals).not.toContain("Lambda.ServiceException");
  });

  it("is waited for in the same way where its network is full, and where a service refuses what it asks for", () => {
    // https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
    const others = [
      "Lambda.ResourceNotReadyException",
      "Lambda.EC2ThrottledException",
      "Lambda.ENILimitReachedException",
      "Lambda.ENINotReadyException",
      "Lambda.SubnetIPAddressLimitReachedException",
      new Throttled("").name,
    ];
    for (const [, state] of lambdaTasks)
      for (const error of others) expect(retrierFor(state, error), error).toBe(retrierOf(state));
  });

  it("leaves room in an execution's history, even if every step meets it until the last attempt", () => {
    const attempts = lambdaTasks.reduce((sum, [, state]) => sum + (retrierOf(state)?.MaxAttempts ?? 0), 0);
    // Scheduled, started and failed, each time; AWS ends an execution at 25,000 events.
    expect(attempts * 3).toBeLessThan(25_000 / 5);
  });

  it("is given up on early enough in an EXPRESS execution for that to be recorded within its five minutes", () => {
    const [step = 0, failureBranch = 0] = [waitsIn("EXPRESS")[0], waitsIn("EXPRESS").at(-1)];
    expect(step + failureBranch).toBeLessThan(4 * 60);
    expect(step).toBeGreaterThan(60);
  });
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
