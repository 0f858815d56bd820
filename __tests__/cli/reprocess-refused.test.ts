import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { CREDENTIALS, REGION, startServices } from "../../engine/__tests__/endpoint-support.ts";
import { endAll, run } from "./command-support.ts";

const BUCKET = "originals";
let services: Awaited<ReturnType<typeof startServices>>;
beforeAll(async () => {
  services = await startServices();
  services.s3.createBucket(BUCKET);
  for (let index = 0; index < 35; index++) {
    const Key = `many/${String(index).padStart(4, "0")}.jpg`;
    await services.client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: "x" }));
  }
});
afterEach(() => endAll());
afterAll(() => services.stop());

describe("what the queue refuses", () => {
  interface Entry {
    Id: string;
    MessageBody: string;
  }

  /** A queue that answers each batch as it is told. @returns the command for it, and the keys of each batch. */
  async function queueThat(answer: (entries: Entry[], call: number) => { status?: number; body?: object }) {
    const batches: string[][] = [];
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const { Entries }: { Entries: Entry[] } = JSON.parse(Buffer.concat(chunks).toString());
      batches.push(Entries.map(({ MessageBody }) => JSON.parse(MessageBody).reprocess.key));
      const { status = 200, body } = answer(Entries, batches.length);
      response.writeHead(status, { "content-type": "application/x-amz-json-1.0" });
      response.end(JSON.stringify(body ?? { Successful: Entries.map(taken), Failed: [] }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const reprocess = (...args: string[]) => {
      const ofStack = ["--queue-url", `${url}/000000000000/uploads`, "--bucket", BUCKET];
      return run("reprocess", [...ofStack, ...args], {
        AWS_ENDPOINT_URL: services.endpoint,
        AWS_ENDPOINT_URL_SQS: url,
        AWS_REGION: REGION,
        AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      });
    };
    return { reprocess, batches, close: () => server.close() };
  }

  const taken = ({ Id, MessageBody }: Entry) => ({
    Id,
    MessageId: Id,
    MD5OfMessageBody: createHash("md5").update(MessageBody).digest("hex"),
  });
  const refused = ({ Id }: Entry, SenderFault: boolean) => ({
    Id,
    SenderFault,
    Code: "X",
    Message: "No, sorry.",
  });

  test("of a batch is sent again, and only that", async () => {
    const queue = await queueThat((entries, call) =>
      call > 1
        ? {}
        : { body: { Successful: [], Failed: entries.slice(0, 2).map((one) => refused(one, false)) } },
    );
    const { code, out } = await queue.reprocess("--prefix", "many/000");
    queue.close();
    expect(queue.batches.map((batch) => batch.length)).toEqual([10, 2]);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^10 images were sent/) });
  });

  test("for good is named, and the command ends with 1", async () => {
    const queue = await queueThat(([first, ...others]) => ({
      body: { Successful: others.map(taken), Failed: first ? [refused(first, true)] : [] },
    }));
    const { code, out, err } = await queue.reprocess("--prefix", "many/000");
    queue.close();
    expect(queue.batches).toHaveLength(1);
    expect(err).toBe("many/0000.jpg: could not be sent. No, sorry.\n");
    expect({ code, out }).toEqual({ code: 1, out: expect.stringMatching(/^9 images were sent/) });
  });

  test("altogether ends it, with where to go on", async () => {
    const denied = { __type: "com.amazonaws.sqs#AccessDenied", message: "You may not." };
    const queue = await queueThat((_, call) => (call > 1 ? { status: 400, body: denied } : {}));
    const { code, err } = await queue.reprocess("--prefix", "many/00", "--per-second", "10");
    queue.close();
    expect(err).toMatch(/^10 images were sent .+ Go on with --start-after many\/0009\.jpg\nYou may not\.\n$/);
    expect(code).toBe(1);
  });
});
