import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { writeStaged } from "../../functions/shared/storage.ts";

/** What was sent: as far as it came, and whether it was all. */
let received: { text: string; isWhole: boolean }[] = [];
let answers: number[] = [];
let sent = Promise.withResolvers<void>();

async function read(request: IncomingMessage): Promise<void> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of request) {
      pieces.push(piece);
      sent.resolve();
    }
    received.push({ text: String(Buffer.concat(pieces)), isWhole: true });
  } catch {
    received.push({ text: String(Buffer.concat(pieces)), isWhole: false });
  }
}

const server = createServer(async (request, response) => {
  await read(request);
  response.writeHead(answers.shift() ?? 200).end();
});
let client: S3Client;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  client = new S3Client({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    requestChecksumCalculation: "WHEN_REQUIRED",
  });
});
beforeEach(() => {
  received = [];
  answers = [];
  sent = Promise.withResolvers<void>();
});
afterAll(() => {
  client.destroy();
  server.close();
});

const write = (parts: Promise<Buffer>[]) => writeStaged(client, "staging", { key: "0.raw", bytes: 4, parts });

it("staged pixels are sent part by part, as each is there", async () => {
  const last = Promise.withResolvers<Buffer>();
  const writing = write([Promise.resolve(Buffer.from("ab")), last.promise]);
  await sent.promise;
  expect(received).toEqual([]);
  last.resolve(Buffer.from("cd"));
  await writing;
  expect(received).toEqual([{ text: "abcd", isWhole: true }]);
});

it("staged pixels that are refused once are sent again, whole", async () => {
  answers = [503];
  await write(["ab", "cd"].map(async (part) => Buffer.from(part)));
  expect(received).toEqual(Array(2).fill({ text: "abcd", isWhole: true }));
});

it("staged pixels that cannot be made are not written", async () => {
  const last = Promise.withResolvers<Buffer>();
  const writing = expect(write([Promise.resolve(Buffer.from("ab")), last.promise])).rejects.toThrow(
    "not made",
  );
  await sent.promise;
  last.reject(new Error("not made"));
  await writing;
  await expect.poll(() => received).toEqual([{ text: "ab", isWhole: false }]);
});

it("a part that cannot be made is heard of, whatever there is before it", async () => {
  const first = Promise.withResolvers<Buffer>();
  const second = Promise.withResolvers<Buffer>();
  const writing = expect(write([first.promise, second.promise])).rejects.toThrow("not made");
  second.reject(new Error("not made"));
  // Node ends a process in which nobody attends to it by now.
  await new Promise((resolve) => setImmediate(resolve));
  first.resolve(Buffer.from("ab"));
  await writing;
});
