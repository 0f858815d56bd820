/** What a Task state can ask for, by its Resource: a function, directly or through `lambda:invoke`, or `sns:publish`. */
import * as z from "zod";
import { StackError } from "../../stack/read.ts";
import type { Outcome, Report } from "../lambda/invocation.ts";
import type { TopicMessage } from "../sqs-sns/index.ts";

/** What a state machine can do, as far as its role may. */
export interface Integrations {
  invoke(functionNameOrArn: string, event: string): Promise<Outcome>;
  /** @throws TaskError when the role may not. */
  publish(topicArn: string, message: TopicMessage): Promise<string>;
}

export interface Task {
  /** As the execution's history names it. */
  resourceType: "lambda" | "sns" | "function";
  resource: string;
  /** @throws TaskError with the error's name and cause as they reach Retry and Catch. */
  run(input: unknown, onReport: (report: Report) => void): Promise<unknown>;
}

/** An error that a state ends with: its name is what Retry and Catch match, its message the Cause. */
export class TaskError extends Error {
  readonly isRetryable: boolean;
  readonly isCatchable: boolean;

  constructor(name: string, cause: string, { final = false } = {}) {
    super(cause);
    this.name = name;
    this.isRetryable = !final;
    this.isCatchable = !final;
  }
}

/** Input, output and result of a state: 256 KiB. */
const MAX_DATA_BYTES = 262_144;

/** @throws StackError when nothing here answers that Resource. */
export function taskFor(state: string, resource: string, integrations: Integrations): Task {
  if (/^arn:[^:]+:states:::lambda:invoke$/.test(resource)) return invokeTask(integrations);
  if (/^arn:[^:]+:states:::sns:publish$/.test(resource)) return publishTask(integrations);
  if (/^arn:[^:]+:lambda:[^:]+:\d{12}:function:.+$/.test(resource)) {
    return {
      resourceType: "function",
      resource,
      run: async (input, onReport) => (await invoke(integrations, resource, input, onReport)).payload,
    };
  }
  throw new StackError(
    `The state "${state}" asks for ${resource}. Here a Task can be a function's ARN, arn:aws:states:::lambda:invoke or arn:aws:states:::sns:publish.`,
  );
}

const invokeParameters = z.object({ FunctionName: z.string(), Payload: z.unknown() });

function invokeTask(integrations: Integrations): Task {
  return {
    resourceType: "lambda",
    resource: "invoke",
    run: async (input, onReport) => {
      const parameters = read(invokeParameters, input);
      const { payload, report } = await invoke(
        integrations,
        parameters.FunctionName,
        parameters.Payload ?? {},
        onReport,
      );
      return {
        ExecutedVersion: "$LATEST",
        Payload: payload,
        SdkResponseMetadata: { RequestId: report.requestId },
        StatusCode: 200,
      };
    },
  };
}

const publishParameters = z.object({
  TopicArn: z.string(),
  Message: z.unknown(),
  Subject: z.string().optional(),
  MessageAttributes: z
    .record(z.string(), z.object({ DataType: z.string(), StringValue: z.unknown() }))
    .optional(),
});

function publishTask(integrations: Integrations): Task {
  return {
    resourceType: "sns",
    resource: "publish",
    run: async (input) => {
      const { TopicArn, Message, Subject, MessageAttributes } = read(publishParameters, input);
      const MessageId = await integrations
        .publish(TopicArn, {
          message: textOf(Message),
          ...(Subject !== undefined && { subject: Subject }),
          ...(MessageAttributes && {
            messageAttributes: Object.fromEntries(
              Object.entries(MessageAttributes).map(([name, { DataType, StringValue }]) => [
                name,
                { DataType, StringValue: textOf(StringValue) },
              ]),
            ),
          }),
        })
        .catch((error: unknown) => {
          if (error instanceof TaskError) throw error;
          throw new TaskError("SNS.SnsException", error instanceof Error ? error.message : String(error));
        });
      return { MessageId };
    },
  };
}

async function invoke(
  { invoke }: Integrations,
  functionNameOrArn: string,
  event: unknown,
  onReport: (report: Report) => void,
): Promise<{ payload: unknown; report: Report }> {
  const outcome = await invoke(functionNameOrArn, JSON.stringify(event));
  if (outcome.kind === "serviceError") {
    const { name, message, statusCode } = outcome.error;
    if (name === "AccessDeniedException") throw invocationDenied(message);
    throw new TaskError(`Lambda.${name}`, `${message} (Service: Lambda, Status Code: ${statusCode})`);
  }
  onReport(outcome.report);
  if (outcome.kind === "functionError") {
    throw new TaskError(outcome.error.errorType, JSON.stringify(outcome.error));
  }
  if (Buffer.byteLength(outcome.payload) > MAX_DATA_BYTES) {
    const cause = `The function ${functionNameOrArn} returned a result larger than the 262144 bytes a state can hold.`;
    throw new TaskError("States.DataLimitExceeded", cause, { final: true });
  }
  return { payload: JSON.parse(outcome.payload), report: outcome.report };
}

/**
 * Lambda's API has no error for it, so it comes under the name that all unknown ones have:
 * https://github.com/awslabs/aws-deployment-framework/issues/460
 */
function invocationDenied(message: string): TaskError {
  const details = "(Service: AWSLambda; Status Code: 403; Error Code: AccessDeniedException)";
  return new TaskError("Lambda.AWSLambdaException", `${message} ${details}`);
}

/** SNS's API has one: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors */
export function publicationDenied(message: string): TaskError {
  const details = "(Service: AmazonSNS; Status Code: 403; Error Code: AuthorizationError)";
  return new TaskError("SNS.AuthorizationErrorException", `${message} ${details}`);
}

/** SNS's InternalErrorException, with the status 500: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors */
export function publicationFailed(): TaskError {
  const details = "(Service: AmazonSNS; Status Code: 500; Error Code: InternalError)";
  return new TaskError("SNS.InternalErrorException", `We encountered an internal error. ${details}`);
}

function read<S extends z.ZodType>(schema: S, input: unknown): z.infer<S> {
  const { data, error } = schema.safeParse(input);
  if (error) throw new TaskError("States.Runtime", z.prettifyError(error), { final: true });
  return data;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
