/** Headers that the CDN adds to answers: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html */
import type { Answer, ViewerRequest } from "./exchange.ts";

/** It takes the place of the origin's. The name is in lower case. */
export type PolicyHeader = [name: string, value: string];

export interface ResponseHeadersPolicy {
  added: PolicyHeader[];
  /** Whether scripts of pages elsewhere may read the answer. They are told so when they ask. */
  allowsAllOrigins: boolean;
}

export function withPolicy(
  answer: Answer,
  policy: ResponseHeadersPolicy | undefined,
  { headers: asked }: Pick<ViewerRequest, "headers">,
): Answer {
  if (!policy) return answer;
  const cors = policy.allowsAllOrigins && asked.origin && { "access-control-allow-origin": "*" };
  return { ...answer, headers: { ...answer.headers, ...Object.fromEntries(policy.added), ...cors } };
}
