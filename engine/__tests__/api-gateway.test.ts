import { request } from "node:http";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { startApi } from "./api-gateway-support.ts";

const { engine, call, answering } = await startApi({
  open: [
    "GET /images",
    "GET /images/{imageId}",
    "GET /images/latest",
    "GET /images/{imageId}/download/{variant}",
    "POST /images",
    "POST /answer",
    "POST /answer/soon",
  ],
  closed: ["GET /mine"],
  routes: { "POST /answer/soon": { target: "integrations/${aws_apigatewayv2_integration.hasty.id}" } },
});
const lines: Record<string, unknown>[] = [];
engine.events.on("log", ({ logGroup, line }) => {
  if (logGroup === "/aws/vendedlogs/photos-api") lines.push(JSON.parse(line));
});

/** Sends exactly these headers, in pairs. */
function send(path: string, headers: string[]): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const sending = request(`${engine.apiUrl}${path}`, { headers }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve(JSON.parse(Buffer.concat(chunks).toString()));
    });
    sending.on("error", reject).end();
  });
}

describe("the stack", () => {
  test("gets the addresses on this machine", () => {
    const { apiUrl, signInUrl, outputs } = engine;
    for (const url of [apiUrl, signInUrl]) expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(outputs).toMatchObject({ api_url: apiUrl, endpoint: apiUrl, sign_in_url: signInUrl });
  });

  test("is told of at the endpoint, with a token of the test user", async () => {
    const about = await (await fetch(`${engine.endpoint}/_engine/outputs`)).json();
    expect(about).toMatchObject({ apiUrl: engine.apiUrl, signInUrl: engine.signInUrl });
    const token = await (await fetch(`${engine.endpoint}/_engine/token`)).text();
    const answer = await call("GET", "/mine", { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(200);
  });
});

describe("a route", () => {
  test.each([
    ["GET", "/images", "GET /images", undefined],
    ["GET", "/images/", undefined, undefined],
    ["GET", "/images/42", "GET /images/{imageId}", { imageId: "42" }],
    ["GET", "/images/latest", "GET /images/latest", undefined],
    ["PUT", "/images/latest", undefined, undefined],
    [
      "GET",
      "/images/a%20b%2Fc/download/%C3%BC+",
      "GET /images/{imageId}/download/{variant}",
      { imageId: "a b/c", variant: "ü+" },
    ],
    ["GET", "/images//download/large", undefined, undefined],
    ["POST", "/images", "POST /images", undefined],
    ["DELETE", "/images", undefined, undefined],
    ["HEAD", "/images", undefined, undefined],
    ["OPTIONS", "/images", undefined, undefined],
    ["GET", "/", undefined, undefined],
    ["GET", "/Images", undefined, undefined],
  ])("for %s %s is %s", async (method, path, routeKey, pathParameters) => {
    const { status, body } = await call(method, path);
    if (routeKey === undefined) return expect(status).toBe(404);
    expect(status).toBe(200);
    expect(body).toMatchObject({ routeKey, requestContext: { routeKey } });
    expect(body.pathParameters).toEqual(pathParameters);
  });

  test("that is not there is answered as API Gateway does", async () => {
    const { body, headers } = await call("GET", "/nowhere");
    expect(body).toEqual({ message: "Not Found" });
    expect(headers.get("apigw-requestid")).toMatch(/^.{15}=$/);
  });

  test("with too long headers is refused in JSON, and what is no HTTP at all without", async () => {
    expect(await call("GET", `/images?q=${"x".repeat(10_240)}`)).toMatchObject({
      status: 431,
      body: { message: "Request Header Fields Too Large" },
    });
    const { hostname, port } = new URL(engine.apiUrl);
    const socket = connect(Number(port), hostname).setEncoding("utf8");
    socket.end("not HTTP\r\n\r\n");
    let answer = "";
    for await (const text of socket) answer += text;
    expect(answer).toBe("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  });

  test("whose parameter cannot be decoded is a bad request", async () => {
    expect(await call("GET", "/images/%E0%A4%A")).toMatchObject({
      status: 400,
      body: { message: "Bad Request" },
    });
  });
});

describe("the event", () => {
  test("is in payload format 2.0", async () => {
    const { body: event } = await call("GET", "/images/a%20b?size=large", {
      headers: { "user-agent": "tests" },
    });
    const { host } = new URL(engine.apiUrl);
    expect(event).toEqual({
      version: "2.0",
      routeKey: "GET /images/{imageId}",
      rawPath: "/images/a b",
      rawQueryString: "size=large",
      queryStringParameters: { size: "large" },
      pathParameters: { imageId: "a b" },
      headers: expect.objectContaining({
        host,
        "user-agent": "tests",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-port": new URL(engine.apiUrl).port,
        "x-forwarded-proto": "http",
        "content-length": "0",
      }),
      requestContext: {
        accountId: "000000000000",
        apiId: expect.stringMatching(/^[0-9a-f]{10}$/),
        domainName: host,
        domainPrefix: expect.any(String),
        http: {
          method: "GET",
          path: "/images/a b",
          protocol: "HTTP/1.1",
          sourceIp: "127.0.0.1",
          userAgent: "tests",
        },
        requestId: expect.stringMatching(/=$/),
        routeKey: "GET /images/{imageId}",
        stage: "$default",
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
      isBase64Encoded: false,
    });
  });

  test("has repeated parameters joined, decoded, beside the query as it was sent", async () => {
    const { body } = await call("GET", "/images?tag=a%26b&tag=c+d&empty=&flag");
    expect(body.rawQueryString).toBe("tag=a%26b&tag=c+d&empty=&flag");
    expect(body.queryStringParameters).toEqual({ tag: "a&b,c d", empty: "", flag: "" });
  });

  test("has headers in lower case with repeated ones joined, and cookies by themselves", async () => {
    const { host } = new URL(engine.apiUrl);
    const headers = [
      "Host",
      host,
      "X-Tag",
      "a",
      "x-tag",
      "b",
      "Cookie",
      "one=1; two=2",
      "X-Forwarded-For",
      "10.0.0.1",
    ];
    const event = await send("/images", headers);
    expect(event.headers).toMatchObject({ "x-tag": "a,b", "x-forwarded-for": "10.0.0.1, 127.0.0.1" });
    expect(event.headers).not.toHaveProperty("cookie");
    expect(event.headers).not.toHaveProperty("connection");
    expect(event.cookies).toEqual(["one=1", "two=2"]);
  });

  test.each([
    ["application/json", '{"name":"ü"}'],
    ["application/json; charset=utf-8", "{}"],
    ["application/problem+json", "{}"],
    ["application/x-www-form-urlencoded", "a=b"],
    ["text/plain", "plain"],
    ["image/svg+xml", "<svg/>"],
    ["APPLICATION/XML", "<a/>"],
  ])("carries %s as text", async (type, text) => {
    const { body } = await call("POST", "/images", { body: text, headers: { "content-type": type } });
    expect(body).toMatchObject({ isBase64Encoded: false, body: text });
  });

  test.each([
    ["image/jpeg"],
    ["multipart/form-data; boundary=x"],
    ["application/octet-stream"],
    ["application/jsonish"],
  ])("carries %s as base64", async (type) => {
    const bytes = Buffer.from([0xff, 0xd8, 0, 1]);
    const { body } = await call("POST", "/images", { body: bytes, headers: { "content-type": type } });
    expect(body).toMatchObject({ isBase64Encoded: true, body: bytes.toString("base64") });
    expect(body.headers["content-length"]).toBe("4");
  });

  test("carries a compressed body, and one without a type, as base64", async () => {
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    expect((await call("POST", "/images", { body: "{}", headers })).body.isBase64Encoded).toBe(true);
    expect((await call("POST", "/images", { body: Buffer.from("x") })).body.isBase64Encoded).toBe(true);
  });

  test("has no body where none was sent", async () => {
    const { body } = await call("POST", "/images", { headers: { "content-type": "image/png" } });
    expect(body).not.toHaveProperty("body");
    expect(body.isBase64Encoded).toBe(false);
  });
});

test.each([
  ["the gateway takes", 10 * 1024 * 1024 + 1, "text/plain"],
  ["Lambda takes", 6 * 1024 * 1024, "text/plain"],
  ["Lambda takes once it is base64", 4.6 * 1024 * 1024, "image/jpeg"],
])("a body that is more than %s is refused", async (_, bytes, type) => {
  const init = { body: Buffer.alloc(bytes, "x"), headers: { "content-type": type } };
  expect(await call("POST", "/images", init)).toMatchObject({
    status: 413,
    body: { message: "Request Entity Too Large" },
  });
});

describe("the function's answer", () => {
  test("has its status, headers and body", async () => {
    const answer = {
      statusCode: 201,
      headers: { "Content-Type": "text/html", "X-Count": 3, "x-on": true },
      body: "<p>",
    };
    const { status, headers, text } = await answering(answer);
    expect(status).toBe(201);
    expect(text).toBe("<p>");
    expect(Object.fromEntries(headers)).toMatchObject({
      "content-type": "text/html",
      "x-count": "3",
      "x-on": "true",
    });
  });

  test("is plain text unless it says otherwise", async () => {
    const { headers } = await answering({ statusCode: 200, body: "hi" });
    expect(headers.get("content-type")).toBe("text/plain;charset=UTF-8");
  });

  test("can be bytes", async () => {
    const bytes = Buffer.from([1, 2, 254, 255]);
    const response = await fetch(`${engine.apiUrl}/answer`, {
      method: "POST",
      headers: { "content-type": "text/plain" },
      body: JSON.stringify({
        answer: { statusCode: 200, body: bytes.toString("base64"), isBase64Encoded: true },
      }),
    });
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
  });

  test("sets each cookie by itself, and nothing from multiValueHeaders", async () => {
    const answer = {
      statusCode: 204,
      cookies: ["a=1; Secure", "b=2"],
      multiValueHeaders: { "x-many": ["1", "2"] },
    };
    const { status, headers } = await answering(answer);
    expect(status).toBe(204);
    expect(headers.getSetCookie()).toEqual(["a=1; Secure", "b=2"]);
    expect(headers.get("x-many")).toBeNull();
  });

  test("can be a redirect", async () => {
    const answer = { statusCode: 302, headers: { location: "https://example.org/" } };
    const { status, headers } = await answering(answer, { redirect: "manual" });
    expect([status, headers.get("location")]).toEqual([302, "https://example.org/"]);
  });

  test.each([
    { fine: true },
    "hello",
    { statusCode: "200" },
    { statusCode: 99 },
    { statusCode: 200, body: { an: "object" } },
    { statusCode: 200, headers: { "x y": "1" } },
    { statusCode: 200, headers: { x: "a\nb" } },
  ])("%j is none", async (answer) => {
    expect(await answering(answer)).toMatchObject({
      status: 500,
      body: { message: "Internal Server Error" },
    });
  });
});

describe("when the function", () => {
  const asking = (what: object, path = "/answer") =>
    call("POST", path, { body: JSON.stringify(what), headers: { "content-type": "text/plain" } });

  test("throws, the client does not learn why", async () => {
    const { status, text } = await asking({ throws: "the secret plan" });
    expect([status, text]).toEqual([500, '{"message":"Internal Server Error"}']);
  });

  test("takes longer than the gateway waits, it is unavailable", async () => {
    expect(await asking({ sleepMs: 10_000 }, "/answer/soon")).toMatchObject({
      status: 503,
      body: { message: "Service Unavailable" },
    });
  });

  test("is throttled, it is unavailable", async () => {
    engine.faults.add({ target: { service: "lambda", function: "echo" }, kind: "throttle", times: 1 });
    expect(await call("GET", "/images")).toMatchObject({
      status: 503,
      body: { message: "Service Unavailable" },
    });
  });
});

describe("the access log", () => {
  const lineOf = (requestId: string | null) => lines.find((line) => line.requestId === requestId);

  test("has a line for each request, in the stage's format", async () => {
    const { accessToken } = await engine.testUser();
    const authorization = { authorization: `Bearer ${accessToken}`, "user-agent": 'agent "7"' };
    const { headers, body, text } = await call("GET", "/mine?x=1", { headers: authorization });
    expect(lineOf(headers.get("apigw-requestid"))).toEqual({
      requestId: body.requestContext.requestId,
      time: body.requestContext.time,
      route: "GET /mine",
      path: "/mine",
      status: 200,
      userId: body.requestContext.authorizer.jwt.claims.sub,
      agent: 'agent "7"',
      error: "-",
      bytes: Buffer.byteLength(text),
      other: "-",
    });
  });

  test("has the refused ones too", async () => {
    const { headers } = await call("GET", "/nowhere");
    const line = { status: 404, path: "/nowhere", route: "-", error: "Not Found" };
    expect(lineOf(headers.get("apigw-requestid"))).toMatchObject(line);
  });
});
