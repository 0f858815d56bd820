/** Headers that the CDN adds to answers, or takes from them: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html */
import type { Answer, ViewerRequest } from "./exchange.ts";

export interface PolicyHeader {
  /** In lower case. */
  name: string;
  value: string;
  /** Whether it takes the place of the origin's. */
  override: boolean;
}

export interface ResponseHeadersPolicy {
  /** In lower case. They go first, so that a header can be removed and put anew. */
  removed: string[];
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
  const kept = Object.entries(answer.headers).filter(([name]) => !policy.removed.includes(name));
  const headers = Object.fromEntries(kept);
  for (const { name, value, override } of policy.added) {
    if (override || !Object.hasOwn(headers, name)) headers[name] = value;
  }
  if (policy.allowsAllOrigins && asked.origin) headers["access-control-allow-origin"] = "*";
  return { ...answer, headers };
}
