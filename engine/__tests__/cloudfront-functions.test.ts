import { describe, expect, test } from "vitest";
import type { LogLine } from "../events.ts";
import { PAGE, type SiteFixture, siteStack, view } from "./cloudfront-support.ts";
import { temporaryEngine } from "./engine-support.ts";

async function start(body: string, fixture: SiteFixture = {}) {
  const engine = await temporaryEngine(
    siteStack({ code: `function handler(event) { ${body} }`, ...fixture }),
  );
  const lines: LogLine[] = [];
  engine.events.on("log", (line) => lines.push(line));
  const visit = (path: string, options?: Parameters<typeof view>[2]) => view(engine.siteUrl, path, options);
  const ofFunction = () => lines.filter(({ functionName }) => functionName === "app");
  const told = () => ofFunction().map(({ line }) => JSON.parse(line));
  return { engine, visit, lines: ofFunction, told };
}

/** Writes a value into the log, and lets the request go on. */
const telling = (expression: string) => `console.log(JSON.stringify(${expression})); return event.request;`;

test("a function gets the request as an event", async () => {
  const { engine, visit, told } = await start(telling("event"), {
    output: { domain: { value: "${aws_cloudfront_distribution.site.domain_name}" } },
  });
  const headers = {
    host: "photographs.localhost",
    Cookie: "a=1; b=2=3; a=4",
    Accept: ["text/html", "text/plain"],
    "X-Own": "mine",
  };
  await visit("/%61/b?x=1&y&x=%202&__proto__=z", { headers });
  const [event] = told();
  expect(event).toMatchObject({
    version: "1.0",
    context: {
      distributionId: expect.stringMatching(/^E[A-Z0-9]{13}$/),
      distributionDomainName: expect.stringMatching(/^d[a-z0-9]{13}\.cloudfront\.net$/),
      eventType: "viewer-request",
      requestId: expect.any(String),
    },
    viewer: { ip: "127.0.0.1" },
  });
  expect(event.request).toEqual({
    method: "GET",
    uri: "/%61/b",
    querystring: {
      x: { value: "1", multiValue: [{ value: "1" }, { value: "%202" }] },
      y: { value: "" },
      ["__proto__"]: { value: "z" },
    },
    headers: {
      host: { value: "photographs.localhost" },
      accept: { value: "text/html", multiValue: [{ value: "text/html" }, { value: "text/plain" }] },
      "x-own": { value: "mine" },
    },
    cookies: { a: { value: "1", multiValue: [{ value: "1" }, { value: "4" }] }, b: { value: "2=3" } },
  });
  expect(engine.outputs.domain).toBe(event.context.distributionDomainName);
});

test("it has the language and nothing else", async () => {
  const names = ["process", "require", "fetch", "setTimeout", "Buffer", "global"];
  const { visit, told } = await start(`
    const escape = (make) => { try { return typeof make("return process")(); } catch (error) { return error.name; } };
    ${telling(`[
      ...${JSON.stringify(names)}.map((name) => typeof globalThis[name]),
      escape(Function), escape(event.constructor.constructor), escape(console.log.constructor),
      typeof this,
    ]`)}`);
  await visit("/");
  const refused = ["EvalError", "EvalError", "EvalError"];
  expect(told()).toEqual([[...names.map(() => "undefined"), ...refused, "undefined"]]);
});

test("nothing is left of one run in the next", async () => {
  const { visit, told } = await start("", {
    code: `let runs = 0; function handler(event) { runs += 1; ${telling("runs")} }`,
  });
  await visit("/");
  await visit("/");
  expect(told()).toEqual([1, 1]);
});

test("it can wait", async () => {
  const code = `async function handler(event) { await null; ${telling("await Promise.resolve(2)")} }`;
  const { visit, told } = await start("", { code });
  await visit("/");
  expect(told()).toEqual([2]);
});

test("what it writes is in the log, also when it fails then", async () => {
  const { visit, lines } = await start(
    'console.log("asked for", event.request.uri, 1); if (event.request.uri === "/") throw 2; return event.request;',
  );
  expect((await visit("/index.html")).text).toBe(PAGE);
  expect(lines()).toEqual([
    expect.objectContaining({
      logGroup: "/aws/cloudfront/function/app",
      stream: "stdout",
      line: "asked for /index.html 1",
      requestId: expect.any(String),
    }),
  ]);
  await visit("/");
  expect(lines().map(({ line }) => line)).toEqual(["asked for /index.html 1", "asked for / 1", "2"]);
});

describe("a request that it changes", () => {
  test("goes to the same origin with its new path and headers", async () => {
    const { visit } = await start(`
      const request = event.request;
      request.uri = "/images";
      request.headers["x-own"] = { value: "of the function" };
      delete request.headers["x-secret"];
      return request;`);
    const headers = { cookie: "a=1", "x-secret": "secret" };
    const event = JSON.parse((await visit("/api/anything?tag=x&__proto__=z", { headers })).text);
    expect(event).toMatchObject({
      rawPath: "/images",
      rawQueryString: "tag=x&__proto__=z",
      cookies: ["a=1"],
      headers: { "x-own": "of the function" },
    });
    expect(event.headers).not.toHaveProperty("x-secret");
    // The behaviour was chosen before: this is a key of the bucket.
    expect((await visit("/elsewhere")).status).toBe(404);
  });

  test("keeps its method", async () => {
    const { visit } = await start('event.request.method = "DELETE"; return event.request;');
    expect((await visit("/index.html")).text).toBe(PAGE);
  });
});

test.each([
  ["throws", 'throw new TypeError("no such thing");', 503, /^TypeError: no such thing$/],
  ["throws nothing in particular", "throw null;", 503, /^null$/],
  ["never ends", "for (;;);", 503, /timed out/],
  ["waits for ever", "return new Promise(() => {});", 503, /never comes/],
  ["fails later", 'return Promise.reject(new Error("later"));', 503, /^Error: later$/],
  ["uses what is not there", "return fetch(event.request.uri);", 503, /fetch is not defined/],
  ["returns nothing", "", 502, /expected/],
  ["returns a text", 'return "/index.html";', 502, /expected/],
  [
    "returns a path without its slash",
    'event.request.uri = "index.html"; return event.request;',
    502,
    /slash/,
  ],
  ["returns a response", "return { statusCode: 200 };", 502, /expected/],
  [
    "changes the query",
    "event.request.querystring = { a: { value: '1' } }; return event.request;",
    502,
    /not the query/,
  ],
  ["changes cookies", "event.request.cookies = { a: { value: '1' } }; return event.request;", 502, /cookies/],
  [
    "sends a header that is none",
    'event.request.headers.a = { value: "\\n" }; return event.request;',
    502,
    /Invalid character/,
  ],
  ["changes the host", 'event.request.headers.host.value = "a"; return event.request;', 502, /header host/],
  [
    "adds a header of the connection",
    'event.request.headers.upgrade = { value: "a" }; return event.request;',
    502,
    /header upgrade/,
  ],
])("a function that %s is answered for, and logged", async (_, body, expected, reason) => {
  const { visit, lines } = await start(body);
  const { status, headers, text } = await visit("/");
  expect({ status, type: headers["content-type"] }).toEqual({ status: expected, type: "text/html" });
  expect(text).toContain("The request could not be satisfied");
  expect(lines()).toEqual([
    expect.objectContaining({ stream: "stderr", line: expect.stringMatching(reason) }),
  ]);
  expect(text).not.toMatch(/no such thing|later/);
});

test("a behaviour without a function has none run", async () => {
  const { visit } = await start("throw 1;", {
    apiBehaviour: { function_association: [], path_pattern: "images*" },
  });
  expect(JSON.parse((await visit("/images")).text)).toMatchObject({ rawPath: "/images" });
});
