import { expect, test } from "vitest";
import { startEngine } from "../engine.ts";
import { PortTakenError } from "../http/server.ts";
import { siteStack, view } from "./cloudfront-support.ts";
import { type Fixture, portToAskFor, temporaryEngine } from "./engine-support.ts";

const STACK: Fixture = {
  resource: { aws_s3_bucket: { photos: { bucket: "photos" } } },
  output: { original_bucket_name: { value: "${aws_s3_bucket.photos.bucket}" } },
};
const start = () => temporaryEngine(STACK);

test("tells its outputs to tools on this machine", async () => {
  const { endpoint, region } = await start();
  const response = await fetch(`${endpoint}/_engine/outputs`);
  expect(await response.json()).toMatchObject({ region, outputs: { original_bucket_name: "photos" } });
  expect((await fetch(`${endpoint}/_engine/nothing`)).status).toBe(404);
});

test("several run side by side", async () => {
  const [first, second] = [await start(), await start()];
  expect(first.endpoint).not.toBe(second.endpoint);
});

test("its servers are at the ports that are asked for, until it stops, as often as it is told to", async () => {
  const port = portToAskFor();
  const engine = await temporaryEngine(siteStack(), { port });
  const { endpoint, apiUrl, signInUrl, siteUrl } = engine;
  const urls = [endpoint, apiUrl, signInUrl, siteUrl];
  expect(urls.map((url) => Number(new URL(url).port) - port)).toEqual([0, 1, 2, 3]);
  await expect(temporaryEngine(siteStack(), { port })).rejects.toThrow(PortTakenError);
  await Promise.all([engine.stop(), engine.stop()]);
  await engine.stop();
  for (const url of urls) await expect(fetch(url)).rejects.toThrow();
  expect((await temporaryEngine(siteStack(), { port })).siteUrl).toBe(siteUrl);
});

test("has no servers for what is not in the stack", async () => {
  expect(await start()).toMatchObject({ apiUrl: "", signInUrl: "", siteUrl: "" });
});

test("answers no page of elsewhere, on none of its ports", async () => {
  const engine = await temporaryEngine(siteStack());
  for (const url of [engine.endpoint, engine.apiUrl, engine.signInUrl, engine.siteUrl]) {
    const statusFor = async (headers: Record<string, string>) => (await view(url, "/", { headers })).status;
    expect(await statusFor({ host: "evil.example" }), url).toBe(403);
    expect(await statusFor({ origin: "https://evil.example" }), url).toBe(403);
    expect(await statusFor({ origin: "http://localhost:5173" }), url).not.toBe(403);
  }
});

test("draws the calls that a share of faults hits as it is told", async () => {
  const draws = [0.4, 0.1, 0.2];
  const { endpoint, faults } = await temporaryEngine(STACK, { random: () => draws.shift() ?? 1 });
  faults.add({ target: { service: "s3" }, kind: "error500", share: 0.2 });
  const ask = async () => (await fetch(`${endpoint}/photos`)).status;
  expect([await ask(), await ask(), await ask()]).toEqual([200, 500, 200]);
});

test("says how to get a stack when there is none", async () => {
  await expect(startEngine({ stackFile: "/nowhere/cdk.tf.json", port: 0 })).rejects.toThrow(
    /npx cdktf synth/,
  );
});
