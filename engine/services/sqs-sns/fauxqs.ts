/** fauxqs in this process: requests go straight to its router, so that there is no second port and no second connection. */
import { buildApp } from "fauxqs";
import { JSON_1_0 } from "../../http/answers.ts";
import type { Answer } from "../../http/call.ts";

export interface Fauxqs {
  /** One operation of SQS, in AWS JSON. */
  sqs(operation: string, body: string): Promise<Answer & { body: string }>;
  /** One operation of SNS, as a form. */
  sns(form: string): Promise<Answer & { body: string }>;
  /** Also ends every long poll at once. */
  stop(): Promise<void>;
}

/** Of the engine's context. */
export interface SqsSnsContext {
  region: string;
  accountId: string;
  endpoint(): string;
}

export async function startFauxqs(region: string): Promise<Fauxqs> {
  const app = buildApp({ logger: false, defaultRegion: region });
  await app.ready();
  const post = async (headers: Record<string, string>, payload: string) => {
    // Without the caller's signature: fauxqs would take the region from it, and this engine has one region only.
    const answer = await app.inject({ method: "POST", url: "/", headers, payload });
    const passed = ["content-type", "x-amzn-query-error"].flatMap((name) => {
      const value = answer.headers[name];
      return typeof value === "string" ? [[name, value]] : [];
    });
    return { status: answer.statusCode, headers: Object.fromEntries(passed), body: answer.body };
  };
  return {
    sqs: (operation, body) =>
      post({ "content-type": JSON_1_0, "x-amz-target": `AmazonSQS.${operation}` }, body),
    sns: (form) => post({ "content-type": "application/x-www-form-urlencoded" }, form),
    stop: async () => {
      await app.close();
    },
  };
}
