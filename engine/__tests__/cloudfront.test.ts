import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { PAGE, script, siteStack, view } from "./cloudfront-support.ts";
import { sharedEngine } from "./engine-support.ts";

const engine = await sharedEngine(
  siteStack({
    objects: {
      "index.html": { content: PAGE, content_type: "text/html; charset=utf-8" },
      "assets/app-1a2b.js": { content: script, content_type: "text/javascript" },
      "pictures/cat one.svg": { content: "<svg/>", content_type: "image/svg+xml" },
    },
    headers: {
      security_headers_config: {
        content_type_options: { override: true },
        frame_options: { frame_option: "DENY", override: true },
        referrer_policy: { referrer_policy: "no-referrer", override: true },
        strict_transport_security: {
          access_control_max_age_sec: 31_536_000,
          include_subdomains: true,
          override: true,
        },
      },
      custom_headers_config: {
        items: [
          { header: "Permissions-Policy", value: "camera=()", override: true },
          { header: "X-Answer", value: "of the policy", override: true },
        ],
      },
    },
  }),
);

const visit = (path: string, options?: Parameters<typeof view>[2]) => view(engine.siteUrl, path, options);
/** Has the function of the API answer with a value. */
const answering = (answer: unknown, headers = {}) =>
  visit("/api/answer", {
    method: "POST",
    body: JSON.stringify({ answer }),
    headers: { "content-type": "text/plain", ...headers },
  });

describe("a path leads", () => {
  test.each(["/", "/images/615ce132", "/index.html", "/images?sort=name", "/api", "/%61%70i"])(
    "%s to the page",
    async (path) => {
      const { status, headers, text } = await visit(path);
      expect({ status, type: headers["content-type"], text }).toEqual({
        status: 200,
        type: "text/html; charset=utf-8",
        text: PAGE,
      });
    },
  );

  test("percent-encoded names to their objects", async () => {
    expect((await visit("/pictures/cat%20one.svg")).text).toBe("<svg/>");
  });

  test.each(["/api/images", "/%61pi/images", "//api/images", "/pictures/../api/images"])(
    "%s to the API, which gets what the function made of it",
    async (path) => {
      const { status, text } = await visit(path);
      const rewritten = path === "/api/images";
      expect(status).toBe(rewritten ? 200 : 404);
      expect(JSON.parse(text)).toMatchObject(rewritten ? { rawPath: "/images" } : { message: "Not Found" });
    },
  );

  test("/api/../index.html to the bucket, under the path that was sent", async () => {
    const { status, headers } = await visit("/pictures/../index.html");
    expect(status).toBe(404);
    expect(headers.server).toBe("AmazonS3");
  });
});

describe("of the bucket", () => {
  test("a missing file is a 404, not the page", async () => {
    const { status, headers, text } = await visit("/assets/app-0000.js");
    expect(status).toBe(404);
    expect(headers["content-type"]).toBe("application/xml");
    expect(text).toContain("<Code>NoSuchKey</Code>");
  });

  test.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])("%s is not allowed", async (method) => {
    const { status, headers } = await visit("/", { method });
    expect({ status, server: headers.server }).toEqual({ status: 403, server: "CloudFront" });
  });

  test("nothing can be asked but paths: no version, no other content type, nobody's signature", async () => {
    const query =
      "?versionId=none&response-content-type=text/plain&uploads&X-Amz-Credential=a/b/c/s3/aws4_request";
    const headers = { authorization: "AWS4-HMAC-SHA256 Credential=nobody" };
    const { status, headers: answered } = await visit(`/assets/app-1a2b.js${query}`, { headers });
    expect({ status, type: answered["content-type"] }).toEqual({ status: 200, type: "text/javascript" });
  });

  test.each(["/assets/%zz.js", "/%.js", "/%c3.js"])("%s is no address", async (path) => {
    const { status, text } = await visit(path);
    expect(status).toBe(400);
    expect(text).toContain("InvalidURI");
  });

  test("a request for nothing in particular is none", async () => {
    const socket = connect(Number(new URL(engine.siteUrl).port), "127.0.0.1");
    socket.end("GET http://elsewhere/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    const [answer] = await once(socket, "data");
    expect(String(answer)).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("an address can be too long", async () => {
    expect((await visit(`/${"a".repeat(8200)}`)).status).toBe(414);
  });
});

describe("of the API", () => {
  test("a function gets the request as it was sent, but for the host and the way it came", async () => {
    const headers = {
      host: "photographs.localhost",
      authorization: "Bearer nothing",
      cookie: "a=1; b=2",
      "accept-encoding": "br",
      "x-forwarded-for": "192.0.2.1",
      "x-own": "mine",
    };
    const { text } = await visit("/api/images?tag=a%20b&tag=c&empty=", { headers });
    expect(JSON.parse(text)).toMatchObject({
      rawPath: "/images",
      rawQueryString: "tag=a%20b&tag=c&empty=",
      cookies: ["a=1", "b=2"],
      headers: {
        host: new URL(engine.apiUrl).host,
        authorization: "Bearer nothing",
        "accept-encoding": "br",
        "x-forwarded-for": "192.0.2.1, 127.0.0.1, 127.0.0.1",
        "x-own": "mine",
      },
    });
  });

  test.each(["PUT", "DELETE"])("%s gets there with its body", async (method) => {
    const { text } = await visit("/api/images/1", {
      method,
      body: "words",
      headers: { "content-length": "5" },
    });
    expect(JSON.parse(text)).toMatchObject({
      routeKey: `${method} /images/{imageId}`,
      body: expect.any(String),
    });
    expect(Buffer.from(JSON.parse(text).body, "base64").toString()).toBe("words");
  });

  test("a body of unknown length gets there", async () => {
    const chunked = { "transfer-encoding": "chunked", "content-type": "text/plain" };
    const { text } = await visit("/api/images/1", { method: "PUT", body: "words", headers: chunked });
    expect(JSON.parse(text)).toMatchObject({ body: "words" });
  });

  test("what it says goes back as it is, errors too", async () => {
    const body = JSON.stringify({ message: "There is no such image." });
    const headers = {
      "content-type": "application/problem+json",
      "x-answer": "of the function",
      location: "/x",
    };
    const answered = await answering({ statusCode: 404, headers, cookies: ["a=1", "b=2; Secure"], body });
    expect(answered).toMatchObject({ status: 404, text: body });
    expect(answered.headers).toMatchObject({
      "content-type": "application/problem+json",
      location: "/x",
      "set-cookie": ["a=1", "b=2; Secure"],
      "content-length": String(body.length),
      "apigw-requestid": expect.any(String),
    });
  });

  test("an error of the gateway goes back as it is", async () => {
    const refused = await visit("/api/mine");
    expect({ status: refused.status, text: refused.text }).toEqual({
      status: 401,
      text: '{"message":"Unauthorized"}',
    });
    expect(refused.headers["www-authenticate"]).toBe("Bearer");
    expect((await visit("/api/%zz")).text).toBe('{"message":"Bad Request"}');
  });

  test("a body that is too large is refused by it, and the connection goes on", async () => {
    const tooLarge = await visit("/api/answer", { method: "POST", body: Buffer.alloc(10 * 1024 * 1024 + 1) });
    expect({ status: tooLarge.status, text: tooLarge.text }).toEqual({
      status: 413,
      text: '{"message":"Request Entity Too Large"}',
    });
    const unread = { method: "POST", body: Buffer.alloc(9_000_000) };
    expect((await fetch(`${engine.siteUrl}/api/mine`, unread)).status).toBe(401);
    expect((await fetch(`${engine.siteUrl}/`, unread)).status).toBe(403);
    expect((await fetch(`${engine.siteUrl}/`)).status).toBe(200);
  });

  test("an answer is not compressed, because it may not be kept", async () => {
    const { headers, body } = await answering(
      {
        statusCode: 200,
        headers: { "content-type": "application/json" },
        body: JSON.stringify("a".repeat(5000)),
      },
      { "accept-encoding": "gzip, br" },
    );
    expect(headers["content-encoding"]).toBeUndefined();
    expect(body.length).toBe(5002);
  });

  test("HEAD and 204 have no body", async () => {
    expect(await answering({ statusCode: 204 })).toMatchObject({ status: 204, text: "" });
    expect(await visit("/api/images", { method: "HEAD" })).toMatchObject({ status: 404, text: "" });
  });

  test("a viewer that leaves in the middle of its upload does no harm", async () => {
    const socket = connect(Number(new URL(engine.siteUrl).port), "127.0.0.1");
    await once(socket, "connect");
    socket.write("POST /api/answer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nwords");
    socket.destroy();
    expect((await visit("/api/images")).status).toBe(200);
  });
});

describe("headers of answers", () => {
  const secure = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "permissions-policy": "camera=()",
  };

  test.each([
    ["the page", "/", "GET"],
    ["a missing file", "/gone.js", "GET"],
    ["a method that is not allowed", "/", "POST"],
    ["the API", "/api/images", "GET"],
    ["an error of the API", "/api/mine", "GET"],
  ])("are added to %s", async (_, path, method) => {
    expect((await visit(path, { method })).headers).toMatchObject(secure);
  });

  test("take the place of the origin's", async () => {
    const headers = { "X-Answer": "of the function", "x-frame-options": "SAMEORIGIN" };
    expect((await answering({ statusCode: 200, headers, body: "a" })).headers).toMatchObject({
      "x-answer": "of the policy",
      "x-frame-options": "DENY",
    });
  });
});
