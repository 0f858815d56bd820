/** From an event to an answer: the function behind a route, and what the gateway says when it fails. */
import type { Outcome } from "../lambda/invocation.ts";
import type { Integrated } from "./access-log.ts";
import { type Answer, answerFrom, message } from "./answer.ts";
import type { Integration } from "./api.ts";

export type Invoke = (functionArn: string) => Promise<Outcome>;

export interface IntegrationResult {
  answer: Answer;
  integration: Integrated;
}

export async function integrate(
  { functionArn, timeoutMs }: Integration,
  invoke: Invoke,
): Promise<IntegrationResult> {
  const asked = performance.now();
  const outcome = await withinTime(invoke(functionArn), timeoutMs);
  const { answer, ...how } = resultOf(outcome, timeoutMs);
  return { answer, integration: { latencyMs: performance.now() - asked, ...how } };
}

type Result = { answer: Answer } & Omit<Integrated, "latencyMs">;

function resultOf(outcome: Outcome | undefined, timeoutMs: number): Result {
  const unavailable = message(503, "Service Unavailable");
  if (!outcome) {
    const error = `The function did not answer within ${timeoutMs} ms.`;
    return { answer: unavailable, serviceStatus: 504, error };
  }
  if (outcome.kind === "serviceError" && outcome.error.name === "AccessDeniedException")
    return { answer: message(500, "Internal Server Error"), serviceStatus: 403, error: NOT_PERMITTED };
  if (outcome.kind === "serviceError") {
    return { answer: unavailable, serviceStatus: outcome.error.statusCode, error: outcome.error.message };
  }
  const failed = message(500, "Internal Server Error");
  if (outcome.kind === "functionError") {
    const error = `${outcome.error.errorType}: ${outcome.error.errorMessage}`;
    return { answer: failed, serviceStatus: 200, error };
  }
  const answer = answerFrom(outcome.payload);
  if (answer) return { answer, serviceStatus: 200, status: answer.status };
  return { answer: failed, serviceStatus: 200, error: "The function's answer is not in payload format 2.0." };
}

/** https://repost.aws/knowledge-center/api-gateway-http-lambda-integrations */
const NOT_PERMITTED =
  "The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration. Check the permissions and try again.";

async function withinTime<T>(promise: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), timeoutMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
