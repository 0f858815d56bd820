/** What an invocation of a function comes to: a result, an error of the function's own, or a refusal of the service. */
import type { Report } from "../../events.ts";

/** An error as Lambda reports it to whoever invoked the function. */
export interface FunctionError {
  errorType: string;
  errorMessage: string;
  trace?: string[];
}

export type Outcome =
  | { kind: "success"; payload: string; report: Report }
  | { kind: "functionError"; error: FunctionError; report: Report }
  | { kind: "serviceError"; error: LambdaError };

/** The service's own answer, before any code of the function ran. */
export interface LambdaError {
  /** As Step Functions names it, without the `Lambda.` before it. */
  name:
    | "TooManyRequestsException"
    | "ServiceException"
    | "SdkClientException"
    | "ResourceNotFoundException"
    | "AccessDeniedException";
  message: string;
  statusCode: number;
}

export const THROTTLED: LambdaError = {
  name: "TooManyRequestsException",
  message: "Rate Exceeded.",
  statusCode: 429,
};

export const SERVICE_FAILED: LambdaError = {
  name: "ServiceException",
  message: "The service encountered an internal error.",
  statusCode: 500,
};

/** What whoever invoked the function makes of it: Lambda itself has answered nothing. */
export const DISCONNECTED: LambdaError = {
  name: "SdkClientException",
  message: "Unable to execute HTTP request: Connection reset",
  statusCode: 500,
};

export function notFound(arn: string): LambdaError {
  return { name: "ResourceNotFoundException", message: `Function not found: ${arn}`, statusCode: 404 };
}

/** `message`: who may not invoke what, and why. */
export function accessDenied(message: string): LambdaError {
  return { name: "AccessDeniedException", message, statusCode: 403 };
}

export function timedOut(requestId: string, timeoutSeconds: number): FunctionError {
  const message = `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
  return { errorType: "Sandbox.Timedout", errorMessage: message };
}

/** How Lambda tells that the process ended before it answered. */
export function exited(requestId: string, code: number | null, signal: string | null): FunctionError {
  const how = signal
    ? `Runtime exited with error: signal: ${SIGNAL_WORDS[signal] ?? signal}`
    : code === 0
      ? "Runtime exited without providing a reason"
      : `Runtime exited with error: exit status ${code}`;
  return { errorType: "Runtime.ExitError", errorMessage: `RequestId: ${requestId} Error: ${how}` };
}

export function outOfMemory(requestId: string): FunctionError {
  const message = `RequestId: ${requestId} Error: Runtime exited with error: signal: killed`;
  return { errorType: "Runtime.OutOfMemory", errorMessage: message };
}

const SIGNAL_WORDS: Record<string, string> = {
  SIGKILL: "killed",
  SIGABRT: "aborted",
  SIGSEGV: "segmentation fault",
  SIGTERM: "terminated",
};
