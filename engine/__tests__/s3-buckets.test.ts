import { request as httpRequest } from "node:http";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { errorName } from "./endpoint-support.ts";
import { Bucket, startS3 } from "./s3-support.ts";

const { client, endpoint, port, s3, put } = await startS3({
  origins: ["https://photos.example", "https://evil.test"],
});

describe("buckets", () => {
  test("have valid names, and come from the stack: a client can only make sure of them", async () => {
    const create = (name: string) => client.send(new CreateBucketCommand({ Bucket: name }));
    expect(await errorName(create(Bucket))).toBe("BucketAlreadyOwnedByYou");
    await expect(create("another")).rejects.toThrow(/makes its buckets from the stack.*called another/);
    expect(() => s3.createBucket("Not_Valid")).toThrow(/not valid: Not_Valid/);
  });

  test("are found in the host name too", async () => {
    await put("by host.txt", { Body: "here" });
    const found = await new Promise<string>((resolve, reject) => {
      const options = {
        host: "127.0.0.1",
        port,
        path: "/by%20host.txt",
        headers: { host: `${Bucket}.localhost:${port}` },
      };
      httpRequest(options, (response) => {
        response.setEncoding("utf8").on("data", resolve);
      })
        .on("error", reject)
        .end();
    });
    expect(found).toBe("here");
  });

  test.each([
    ["GET", "?acl", "GetBucketAcl"],
    ["PUT", "?versioning", "PutBucketVersioning"],
    ["DELETE", "", "DeleteBucket"],
    ["POST", "", "PostObject"],
    ["POST", "/a.jpg?restore", "RestoreObject"],
  ])("name an operation that the engine does not have: %s %s is %s", async (method, path, operation) => {
    const response = await fetch(`${endpoint}/${Bucket}${path}`, { method });
    expect(response.status).toBe(501);
    expect(await response.text()).toContain(
      `<Code>NotImplemented</Code><Message>This engine's S3 does not have ${operation}. It has `,
    );
  });
});

describe("pages of other origins", () => {
  const origin = "https://photos.example";
  const ask = (method: string, headers: Record<string, string> = {}) =>
    fetch(`${endpoint}/${Bucket}/a.jpg`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": method, ...headers },
    });

  test("are allowed what the rules say, and no more", async () => {
    s3.setCors(Bucket, [
      {
        allowedMethods: ["PUT", "POST"],
        allowedOrigins: ["https://*.example"],
        allowedHeaders: ["Content-Type", "x-amz-*"],
        exposeHeaders: ["ETag"],
        maxAgeSeconds: 600,
      },
      { allowedMethods: ["GET"], allowedOrigins: ["*"] },
    ]);
    const allowed = await ask("PUT", { "access-control-request-headers": "content-type,x-amz-meta-owner" });
    expect(allowed.status).toBe(200);
    expect(Object.fromEntries(allowed.headers)).toMatchObject({
      "access-control-allow-origin": origin,
      "access-control-allow-methods": "PUT, POST",
      "access-control-allow-headers": "content-type, x-amz-meta-owner",
      "access-control-expose-headers": "ETag",
      "access-control-max-age": "600",
    });
    expect((await ask("PUT", { "access-control-request-headers": "authorization" })).status).toBe(403);
    expect((await ask("DELETE")).status).toBe(403);
    expect((await ask("PUT", { origin: "https://evil.test" })).status).toBe(403);
    expect(
      (await ask("GET", { origin: "https://evil.test" })).headers.get("access-control-allow-origin"),
    ).toBe("*");
  });

  test("see the headers on the answer itself, errors included", async () => {
    s3.setCors(Bucket, [{ allowedMethods: ["PUT", "GET"], allowedOrigins: [origin] }]);
    const address = `${endpoint}/${Bucket}/a.jpg`;
    const written = await fetch(address, { method: "PUT", body: "x", headers: { origin } });
    const missing = await fetch(`${address}.missing`, { headers: { origin } });
    const stranger = await fetch(address, { headers: { origin: "https://evil.test" } });
    expect(written.headers.get("access-control-allow-origin")).toBe(origin);
    expect([missing.status, missing.headers.get("access-control-allow-origin")]).toEqual([404, origin]);
    expect(stranger.headers.get("access-control-allow-origin")).toBeNull();
  });

  test("are refused where there are no rules", async () => {
    const refused = await ask("PUT");
    expect(refused.status).toBe(403);
    expect(await refused.text()).toContain("CORS is not enabled for this bucket");
  });
});
