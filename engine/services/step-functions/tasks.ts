/** What a Task state can ask for: `lambda:invoke`, which invokes a function. */

import * as z from "zod";
import type { Report } from "../../events.ts";
import { StackError } from "../../stack-error.ts";
import type { Outcome } from "../lambda/invocation.ts";

/** Invokes a function as the state machine's role. */
export type InvokeAsRole = (functionNameOrArn: string, event: string) => Promise<Outcome>;

/** @throws TaskError with the error's name and cause as they reach Retry and Catch. */
export type Task = (input: unknown, onReport: (report: Report) => void) => Promise<object>;

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
export function taskFor(state: string, resource: string, invokeAsRole: InvokeAsRole): Task {
  if (!/^arn:[^:]+:states:::lambda:invoke$/.test(resource))
    throw new StackError(
      `The state "${state}" asks for ${resource}. Here a Task can be arn:aws:states:::lambda:invoke.`,
    );
  return async (input, onReport) => {
    const { FunctionName, Payload = {} } = read(invokeParameters, input);
    const { payload, report } = await invoke(invokeAsRole, FunctionName, Payload, onReport);
    return {
      ExecutedVersion: "$LATEST",
      Payload: payload,
      SdkResponseMetadata: { RequestId: report.requestId },
      StatusCode: 200,
    };
  };
}

const invokeParameters = z.object({ FunctionName: z.string(), Payload: z.unknown() });

async function invoke(
  invokeAsRole: InvokeAsRole,
  functionNameOrArn: string,
  event: unknown,
  onReport: (report: Report) => void,
): Promise<{ payload: unknown; report: Report }> {
  const outcome = await invokeAsRole(functionNameOrArn, JSON.stringify(event));
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

function read<S extends z.ZodType>(schema: S, input: unknown): z.infer<S> {
  const { data, error } = schema.safeParse(input);
  if (error) throw new TaskError("States.Runtime", z.prettifyError(error), { final: true });
  return data;
}
