/** What the web app asks of the API while many images are processed: counted, whatever the time that takes. */
import { setTimeout as sleep } from "node:timers/promises";
import { QueryClient } from "@tanstack/preact-query";
import { expect } from "vitest";
import { createApi } from "../../site/src/api/api.ts";
import { createLinkKeeper } from "../../site/src/api/links.ts";
import { createSend } from "../../site/src/api/send.ts";
import { createImageStore } from "../../site/src/store/image-store.ts";
import { EVERYTHING } from "../../site/src/store/lists.ts";
import { announce, apiClientOf, put } from "../fixtures/api-client.ts";
import { plain } from "../fixtures/images.ts";
import { it } from "../fixtures/shared-pipeline.ts";

const UPLOADS = 30;
/** Of a minute, with thirty uploads. */
const MOST_BYTES = 100_000;

it("thirty uploads are followed with a request a second, of less than 100 kB a minute in all", async ({
  pipeline,
  onTestFinished,
}) => {
  const ann = await apiClientOf(pipeline, "thirty@example.org");
  const { accessToken } = await pipeline.engine.testUser({ email: "thirty@example.org" });
  const requests: { path: string; bytes: number }[] = [];
  const realFetch = globalThis.fetch;
  onTestFinished(() => {
    globalThis.fetch = realFetch;
  });
  const tokens = { accessToken: async () => accessToken, renew: async () => accessToken };
  const api = createApi(createSend(ann.url, tokens), createLinkKeeper());
  const finished: string[] = [];
  const store = createImageStore(api, new QueryClient(), ({ imageId }) => finished.push(imageId));
  const { signal } = new AbortController();
  await store.page(EVERYTHING, undefined, signal);

  const photograph = await plain(48, 32).jpeg().toBuffer();
  const tickets = await Promise.all(Array.from({ length: UPLOADS }, () => announce(ann, photograph)));
  const announced = await api.images(tickets.map(({ imageId }) => imageId));
  globalThis.fetch = async (...asked) => {
    const answer = await realFetch(...asked);
    const path = new URL(String(asked[0])).pathname;
    requests.push({ path, bytes: Number(answer.headers.get("content-length")) });
    return answer;
  };
  const sent = (async () => {
    for (const { uploadUrl, headers } of tickets)
      expect((await put(uploadUrl, photograph, headers)).status).toBe(200);
  })();
  store.learn(announced);
  let polls = 0;
  while (finished.length < UPLOADS) {
    await store.poll(signal);
    polls += 1;
    await sleep(store.pollDelayMs());
  }
  await sent;
  const asked = requests.filter(({ path }) => path.includes("/images"));
  expect(asked.length).toBe(polls);
  const bytes = asked.reduce((sum, request) => sum + request.bytes, 0);
  expect(bytes).toBeLessThan((MOST_BYTES * Math.max(60, polls)) / 60);
});
