/** From an event to an answer: the function behind a route, and what the gateway says when it fails. */
import type { Outcome } from "../lambda/invocation.ts";
import { type Answer, answerFrom, message } from "./answer.ts";
import type { Integration } from "./api.ts";

export type Invoke = (functionArn: string) => Promise<Outcome>;

/** A client does not learn why: https://repost.aws/knowledge-center/api-gateway-http-lambda-integrations */
export async function integrate({ functionArn, timeoutMs }: Integration, invoke: Invoke): Promise<Answer> {
  const outcome = await withinTime(invoke(functionArn), timeoutMs);
  const isDenied = outcome?.kind === "serviceError" && outcome.error.name === "AccessDeniedException";
  if (!outcome || (outcome.kind === "serviceError" && !isDenied)) return message(503, "Service Unavailable");
  const answer = outcome.kind === "success" ? answerFrom(outcome.payload) : undefined;
  return answer ?? message(500, "Internal Server Error");
}

async function withinTime<T>(promise: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), timeoutMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
