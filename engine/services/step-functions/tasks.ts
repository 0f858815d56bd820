/** What a Task state can ask for, by its Resource: a function, directly or through `lambda:invoke`. */

import * as z from "zod";
import type { Report } from "../../events.ts";
import { StackError } from "../../stack-error.ts";
import type { Outcome } from "../lambda/invocation.ts";

/** Invokes a function as the state machine's role. */
export type InvokeAsRole = (functionNameOrArn: string, event: string) => Promise<Outcome>;

export interface Task {
  /** As the execution's history names it. */
  resourceType: "lambda" | "function";
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
export function taskFor(state: string, resource: string, invokeAsRole: InvokeAsRole): Task {
  if (/^arn:[^:]+:states:::lambda:invoke$/.test(resource)) return invokeTask(invokeAsRole);
  if (/^arn:[^:]+:lambda:[^:]+:\d{12}:function:.+$/.test(resource)) {
    return {
      resourceType: "function",
      resource,
      run: async (input, onReport) => (await invoke(invokeAsRole, resource, input, onReport)).payload,
    };
  }
  throw new StackError(
    `The state "${state}" asks for ${resource}. Here a Task can be a function's ARN or arn:aws:states:::lambda:invoke.`,
  );
}

const invokeParameters = z.object({ FunctionName: z.string(), Payload: z.unknown() });

function invokeTask(invokeAsRole: InvokeAsRole): Task {
  return {
    resourceType: "lambda",
    resource: "invoke",
    run: async (input, onReport) => {
      const parameters = read(invokeParameters, input);
      const { payload, report } = await invoke(
        invokeAsRole,
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
