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
  return { engine, visit, lines: () => lines.filter(({ functionName }) => functionName === "app") };
}

/** Answers with a value, as text. */
const telling = (expression: string) => `return { statusCode: 200, body: JSON.stringify(${expression}) };`;

test("a function gets the request as an event", async () => {
  const { engine, visit } = await start(telling("event"), {
    output: { domain: { value: "${aws_cloudfront_distribution.site.domain_name}" } },
  });
  const headers = {
    host: "photographs.localhost",
    Cookie: "a=1; b=2=3; a=4",
    Accept: ["text/html", "text/plain"],
    "X-Own": "mine",
  };
  const { text } = await visit("/%61/b?x=1&y&x=%202&__proto__=z", { headers });
  const event = JSON.parse(text);
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
  const { visit } = await start(`
    const escape = (make) => { try { return typeof make("return process")(); } catch (error) { return error.name; } };
    return { statusCode: 200, body: JSON.stringify([
      ...${JSON.stringify(names)}.map((name) => typeof globalThis[name]),
      escape(Function), escape(event.constructor.constructor), escape(console.log.constructor),
      typeof this,
    ]) };`);
  const refused = ["EvalError", "EvalError", "EvalError"];
  expect(JSON.parse((await visit("/")).text)).toEqual([
    ...names.map(() => "undefined"),
    ...refused,
    "undefined",
  ]);
});

test("nothing is left of one run in the next", async () => {
  const { visit } = await start("", {
    code: `let runs = 0; function handler(event) { runs += 1; ${telling("runs")} }`,
  });
  expect([(await visit("/")).text, (await visit("/")).text]).toEqual(["1", "1"]);
});

test("it can wait", async () => {
  const code = `async function handler(event) { await null; ${telling("await Promise.resolve(2)")} }`;
  const { visit } = await start("", { code });
  expect((await visit("/")).text).toBe("2");
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
  test("goes to the same origin with its new path, query, headers and cookies", async () => {
    const { visit } = await start(`
      const request = event.request;
      if (request.uri.indexOf("/api/") !== 0) { request.uri = "/images"; return request; }
      request.uri = "/images";
      request.querystring = { size: { value: "small" }, tag: { value: "", multiValue: [{ value: "a" }, { value: "b" }] }, raw: { value: "" } };
      request.headers["x-own"] = { value: "of the function" };
      delete request.headers["x-secret"];
      request.cookies = { c: { value: "3" } };
      return request;`);
    const headers = { cookie: "a=1", "x-secret": "secret" };
    const event = JSON.parse((await visit("/api/anything?tag=x", { headers })).text);
    expect(event).toMatchObject({
      rawPath: "/images",
      rawQueryString: "size=small&tag=a&tag=b&raw",
      cookies: ["c=3"],
      headers: { "x-own": "of the function" },
    });
    expect(event.headers).not.toHaveProperty("x-secret");
    // The behaviour was chosen before: this is a key of the bucket.
    expect((await visit("/elsewhere")).status).toBe(404);
  });

  test("loses its cookies, when it is to", async () => {
    const { visit } = await start(
      'event.request.uri = "/images"; event.request.cookies = {}; return event.request;',
    );
    const event = JSON.parse((await visit("/api/images", { headers: { cookie: "a=1" } })).text);
    expect(event.cookies).toBeUndefined();
  });

  test("keeps its method", async () => {
    const { visit } = await start('event.request.method = "DELETE"; return event.request;');
    expect((await visit("/index.html")).text).toBe(PAGE);
  });
});

test("a response that it returns takes the place of the origin's", async () => {
  const { visit } = await start(
    `
    if (event.request.uri === "/pixel") return { statusCode: 200, body: { encoding: "base64", data: "R0lG" } };
    return {
      statusCode: 302,
      statusDescription: "Found",
      headers: { location: { value: "/new" }, "x-frame-options": { value: "SAMEORIGIN" } },
      cookies: { a: { value: "1", attributes: "Secure; Path=/" }, b: { value: "2" } },
    };`,
    {
      headers: { security_headers_config: { frame_options: { frame_option: "DENY", override: true } } },
    },
  );
  const { status, headers, text } = await visit("/old");
  expect({ status, text }).toEqual({ status: 302, text: "" });
  expect(headers).toMatchObject({
    location: "/new",
    "set-cookie": ["a=1; Secure; Path=/", "b=2"],
    "x-frame-options": "DENY",
    server: "CloudFront",
  });
  expect((await visit("/pixel")).text).toBe("GIF");
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
  ["returns a status that is none", "return { statusCode: 99 };", 502, /statusCode/],
  [
    "answers with a header that is none",
    'return { statusCode: 200, headers: { "a b": { value: "c" } } };',
    502,
    /Header name/,
  ],
  [
    "answers with a cookie that is none",
    'return { statusCode: 200, cookies: { a: { value: "\\n" } } };',
    502,
    /Invalid character/,
  ],
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
