/** dynalite in this process, called without a connection of its own. */
import { Readable } from "node:stream";
import dynalite from "dynalite";

export interface EmulatorAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Performs one operation of DynamoDB; `body` is AWS JSON. */
export type Emulator = (operation: string, body: string) => Promise<EmulatorAnswer>;

export function startEmulator(region: string): Emulator {
  const server = inRegion(region, () => dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 }));
  return (operation, body) =>
    new Promise((resolve) => {
      // A request of our own: it is complete before dynalite sees it, and dynalite throws when a client hangs up.
      const request = Object.assign(Readable.from([Buffer.from(body)]), {
        method: "POST",
        url: "/",
        headers: {
          "content-type": "application/x-amz-json-1.0",
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
