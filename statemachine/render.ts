/** The workflow with its placeholders filled in: a plain definition, as the console shows it. */
import { readFileSync } from "node:fs";

/** What `image-pipeline.asl.json` leaves open, as `"${name}"`. */
export interface Substitutions {
  validateArn: string;
  resizeArn: string;
  watermarkArn: string;
  recordMetadataArn: string;
  /** Where pictures are looked at. */
  recogniseArn?: string;
}

export type WorkflowType = "STANDARD" | "EXPRESS";

export interface Retrier {
  ErrorEquals: string[];
  MaxAttempts: number;
  IntervalSeconds?: number;
  BackoffRate?: number;
  MaxDelaySeconds?: number;
  JitterStrategy?: "FULL";
}

/**
 * @returns the definition as JSON text.
 * @throws when the definition asks for a value that is not given, or a given one is not asked for.
 */
export function renderDefinition(type: WorkflowType, substitutions: Substitutions): string {
  const { recogniseArn, ...others } = substitutions;
  const definition = readTemplate("image-pipeline.asl.json");
  const template = JSON.stringify(recogniseArn === undefined ? definition : withRecognition(definition));
  const { recogniseRetry, ...usual } = retriers(type);
  const values = new Map<string, string | Retrier[]>(Object.entries({ ...others, ...usual }));
  if (recogniseArn !== undefined && recogniseRetry)
    values.set("recogniseArn", recogniseArn).set("recogniseRetry", recogniseRetry);
  const unused = new Set(values.keys());
  const rendered = template.replaceAll(/"\$\{(\w+)\}"/g, (placeholder, name: string) => {
    const value = values.get(name);
    if (value === undefined)
      throw new Error(`The state machine asks for ${placeholder}, which nobody gives.`);
    unused.delete(name);
    return JSON.stringify(value);
  });
  if (unused.size > 0) throw new Error(`The state machine does not use ${[...unused].join(", ")}.`);
  return JSON.stringify(JSON.parse(rendered));
}

function readTemplate(name: string) {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
}

/** Puts what looks at pictures beside what marks them: both are done before anything is recorded. */
function withRecognition(definition: ReturnType<typeof readTemplate>) {
  const { Watermark, ...states } = definition.States;
  const { Catch, Next, ResultPath: _, ...task } = Watermark;
  const parallel = readTemplate("recognition.asl.json");
  const watermark = { StartAt: "Watermark", States: { Watermark: { ...task, End: true } } };
  const Publish = { ...parallel, Branches: [watermark, ...parallel.Branches], Catch, Next };
  return { ...definition, States: { ...states, Resize: { ...states.Resize, Next: "Publish" }, Publish } };
}

/** How states are tried again: the first retrier that knows the error decides, and counts for itself. */
function retriers(type: WorkflowType): Record<string, Retrier[]> {
  const taskRetry = [
    // A file that is at fault stays so, what was overtaken stays behind, what is recorded is only told again, and what cannot be
    // copied is made.
    { ErrorEquals: ["ImageRejected", "ImageSuperseded", "NobodyTold", "NotCopied"], MaxAttempts: 0 },
    patient(type),
    retrier(TRANSIENT, { first: 1, longest: 20, attempts: 6 }),
    retrier(["States.ALL"], { first: 2, longest: 20, attempts: 3 }),
  ];
  return {
    taskRetry,
    // A picture is published without, in the end. So that nobody's overload leads there, it is waited out here too.
    recogniseRetry: [patient(type), retrier(["States.ALL"], { first: 1, longest: 20, attempts: 4 })],
    tellRetry: [patient(type), retrier(["States.ALL"], insistence(type))],
  };
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html */
const TRANSIENT = [
  "Lambda.ServiceException",
  "Lambda.AWSLambdaException",
  "Lambda.SdkClientException",
  "Lambda.ClientExecutionTimeoutException",
  "Lambda.EC2UnexpectedException",
  "Lambda.Ec2UnexpectedException",
];

/**
 * Not now, as Lambda has no concurrency left (429), or the function is new, or idle for so long that it has to be made ready
 * again (409, 502), or its network has no room for one more (502): https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
 */
const NOT_NOW = [
  "Lambda.TooManyRequestsException",
  "Lambda.ResourceConflictException",
  "Lambda.ResourceNotReadyException",
  // Lambda's API spells these one way, AWS's SDK for Java another, and Step Functions is said to pass on either.
  "Lambda.EC2ThrottledException",
  "Lambda.Ec2ThrottledException",
  "Lambda.ENILimitReachedException",
  "Lambda.EniLimitReachedException",
  "Lambda.ENINotReadyException",
  "Lambda.EniNotReadyException",
  "Lambda.SubnetIPAddressLimitReachedException",
  "Lambda.SubnetIpAddressLimitReachedException",
  // What a step uses refused it (functions/shared/throttled.ts).
  "Throttled",
];

/**
 * Overload is no failure: a STANDARD execution waits it out, 33 minutes on average; and never long at a time, or functions that
 * are free again would wait for those that wait (bench/README.md). An EXPRESS one ends after five minutes,
 * and has to record in that time that it failed: it waits two at most.
 */
function patient(type: WorkflowType): Retrier {
  const patience =
    type === "STANDARD" ? { first: 1, longest: 20, attempts: 200 } : { first: 1, longest: 20, attempts: 9 };
  return retrier(NOT_NOW, patience);
}

/** What cannot be told is told to nobody, later either: a STANDARD execution tries for seven and a half minutes on average. */
function insistence(type: WorkflowType): Wait {
  return type === "STANDARD"
    ? { first: 1, longest: 60, attempts: 20 }
    : { first: 1, longest: 20, attempts: 5 };
}

interface Wait {
  first: number;
  longest: number;
  attempts: number;
}

/** Waits twice as long each time, in seconds, anything from none to all of it. */
function retrier(errors: string[], wait: Wait): Retrier {
  return {
    ErrorEquals: errors,
    IntervalSeconds: wait.first,
    BackoffRate: 2,
    MaxDelaySeconds: wait.longest,
    MaxAttempts: wait.attempts,
    JitterStrategy: "FULL",
  };
}
