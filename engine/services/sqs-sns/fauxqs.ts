/** fauxqs in this process: requests go straight to its router, so that there is no second port and no second connection. */
import { buildApp } from "fauxqs";
import { JSON_1_0 } from "../../http/answers.ts";
import type { Answer } from "../../http/call.ts";
import type { Storage } from "../../storage.ts";
import { KeptMessages } from "./kept.ts";

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
  storage: Storage;
  endpoint(): string;
}

export async function startFauxqs({
  region,
  storage,
}: Pick<SqsSnsContext, "region" | "storage">): Promise<Fauxqs> {
  const stores = storage.isLasting ? await storesWith(new KeptMessages(storage)) : undefined;
  const app = buildApp({ logger: false, defaultRegion: region, ...(stores && { stores }) });
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

type Stores = NonNullable<NonNullable<Parameters<typeof buildApp>[0]>["stores"]>;
type Module<Name extends string, Store> = Record<Name, new () => Store>;

/** fauxqs keeps a database only where it opens a port of its own, so its stores are made here; it does not export them. */
async function storesWith(kept: KeptMessages): Promise<Stores> {
  const load = (path: string) => import(new URL(path, import.meta.resolve("fauxqs")).href);
  const { SqsStore }: Module<"SqsStore", Stores["sqsStore"]> = await load("sqs/sqsStore.js");
  const { SnsStore }: Module<"SnsStore", Stores["snsStore"]> = await load("sns/snsStore.js");
  const { S3Store }: Module<"S3Store", Stores["s3Store"]> = await load("s3/s3Store.js");
  const sqsStore = Object.assign(new SqsStore(), { persistence: kept });
  return { sqsStore, snsStore: new SnsStore(), s3Store: new S3Store() };
}
