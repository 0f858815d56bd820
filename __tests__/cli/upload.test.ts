/** What `npm run upload` says where the engine refuses for a while, or does not answer any more: it is played here. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { imageIdOf } from "../../functions/shared/keys.ts";
import { plain } from "../fixtures/images.ts";
import { runHere } from "./command-support.ts";

const photo = join(tmpdir(), "uploaded.jpg");
await plain(64, 43).jpeg().toFile(photo);
const imageId = imageIdOf("uploaded.jpg");
const RECORD = {
  imageId: { S: imageId },
  status: { S: "PROCESSED" },
  uploadedAt: { S: "2026-01-01T00:00:00Z" },
  original: { M: { key: { S: "uploaded.jpg" }, bytes: { N: "1" }, etag: { S: "e" }, versionId: { S: "v" } } },
};

type Answer = (response: ServerResponse, request: IncomingMessage) => void;
const away: Answer = (_, request) => void request.socket.destroy();
const json =
  (body: object, status = 200): Answer =>
  (response) =>
    response.writeHead(status, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify(body));
const stored: Answer = (response) => response.writeHead(200, { etag: '"e"', "x-amz-version-id": "v" }).end();
const refused: Answer = (response) =>
  response.writeHead(403).end("<Error><Code>AccessDenied</Code><Message>You may not.</Message></Error>");

let stop = () => {};
afterEach(() => stop());

/** @param ways what is answered one after another, the last time on and on. */
async function upload(ways: Record<"PUT" | "POST" | "GET", Answer[]>, ...options: string[]) {
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      const about = { region: "us-east-1", apiUrl: endpoint, outputs };
      if (request.url === "/_engine/outputs") return json(about)(response, request);
      if (request.url === "/_engine/token") return response.end("token");
      const answers = ways[request.method as keyof typeof ways];
      return (answers.length > 1 ? answers.shift() : answers[0])?.(response, request);
    });
  });
  const names = ["original_bucket_name", "processed_bucket_name", "metadata_table_name", "queue_url"];
  const outputs = Object.fromEntries(names.map((name) => [name, "photos"]));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stop = () => void server.close().closeAllConnections();
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  if (options.includes("--api"))
    ways.POST.push(json({ imageId, uploadUrl: `${endpoint}/photo`, headers: {} }));
  const { code, out } = await runHere("upload", [photo, "--endpoint", endpoint, ...options]);
  return { code, out, endpoint };
}

const PROCESSED = `${photo}: processed into 0 variants`;

test("outlasts an engine that is being started again, while it sends and while it waits", async () => {
  const times = [away, away, away];
  const ways = { PUT: [...times, stored], POST: [...times, json({ Item: RECORD })], GET: [] };
  expect((await upload(ways)).out).toContain(PROCESSED);
});

test("outlasts it with the API, too", async () => {
  const busy = json({ detail: "Not now." }, 503);
  const lost: Answer = (response) => response.writeHead(412).end();
  const shown = json({ status: "PROCESSED", variants: [] });
  const ways = {
    POST: [away, busy],
    PUT: [away, lost],
    GET: [away, busy, json({ message: "Unauthorized" }, 401), shown],
  };
  expect((await upload(ways, "--api")).out).toContain(PROCESSED);
});

test("tells what could not be sent from what was sent, of which nothing more is known", async () => {
  const denied = json({ __type: "AccessDeniedException", message: "You may not." }, 400);
  const unsent = await upload({ PUT: [refused], POST: [denied], GET: [] });
  expect(unsent.out).toBe(`${photo}: could not be sent. You may not.\n`);
  stop();
  const unknown = await upload({ PUT: [stored], POST: [denied], GET: [] });
  const look = `npm run explain -- --endpoint ${unknown.endpoint} --key uploaded.jpg`;
  expect(unknown.out).toBe(`${photo}: was sent; its outcome is not known. You may not. Look with ${look}\n`);
  expect([unsent.code, unknown.code]).toEqual([1, 1]);
});
