/** dynalite in this process, called without a connection of its own. */
import { Readable } from "node:stream";
import { AbstractKeyIterator, AbstractValueIterator } from "abstract-level";
import dynalite from "dynalite";
import { JSON_1_0 } from "../../http/answers.ts";
import type { Answer } from "../../http/call.ts";

/** Performs one operation of DynamoDB; `body` is AWS JSON. */
export type Perform = (operation: string, body: string) => Promise<Answer>;

export interface Dynalite {
  perform: Perform;
  /** What was written is on disk after it. */
  stop(): Promise<void>;
}

/**
 * What is in a table in memory are slices of Node's buffer pools, and one slice keeps its whole pool. With pools of 64 KB, most
 * of which other work has filled, tables held a hundred kilobytes for each image.
 */
const MAX_POOL_BYTES = 8192;

// dynalite ends what it reads by `return`, which level's iterators have not. Each query would keep the tables as they were then, for good.
for (const { prototype } of [AbstractKeyIterator, AbstractValueIterator])
  Object.defineProperty(prototype, "return", {
    value(this: typeof prototype) {
      return this.close();
    },
  });

/** @param path of a folder that keeps the tables; in memory without one. */
export function startDynalite(region: string, path?: string): Dynalite {
  if (path === undefined) Buffer.poolSize = Math.min(Buffer.poolSize, MAX_POOL_BYTES);
  const options = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0, ...(path && { path }) };
  const server = inRegion(region, () => dynalite(options));
  const perform: Perform = (operation, body) =>
    new Promise((resolve) => {
      // A request of our own: it is complete before dynalite sees it, and dynalite throws when a client hangs up.
      const request = Object.assign(Readable.from([Buffer.from(body)]), {
        method: "POST",
        url: "/",
        headers: {
          "content-type": JSON_1_0,
          "x-amz-target": `DynamoDB_20120810.${operation}`,
          "x-amz-date": "20000101T000000Z",
          authorization: "AWS4-HMAC-SHA256 Credential=local, SignedHeaders=host, Signature=local",
        },
      });
      const headers: Record<string, string> = {};
      const response = {
        statusCode: 200,
        contentType: "",
        setHeader: (name: string, value: string | number) => {
          headers[name.toLowerCase()] = String(value);
        },
        end: (answer = "") => resolve({ status: response.statusCode, headers, body: answer }),
      };
      server.emit("request", request, response);
    });
  // dynalite closes its tables with its server, and that only where it listens.
  const stop = () =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: "127.0.0.1", port: 0 }, () => server.close(() => resolve()));
    });
  return { perform, stop: path === undefined ? async () => undefined : stop };
}

/** dynalite takes the region of its ARNs from the environment, once, when it is made. */
function inRegion<T>(region: string, make: () => T): T {
  const before = process.env.AWS_REGION;
  process.env.AWS_REGION = region;
  try {
    return make();
  } finally {
    if (before === undefined) delete process.env.AWS_REGION;
    else process.env.AWS_REGION = before;
  }
}
