import { createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { CACHING_OPTIMIZED, type SiteFixture, siteStack, view } from "./cloudfront-support.ts";
import { sharedEngine } from "./engine-support.ts";

const own = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const others = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;

const toBucket = {
  target_origin_id: "site",
  viewer_protocol_policy: "https-only",
  allowed_methods: ["GET", "HEAD"],
  cached_methods: ["GET", "HEAD"],
  response_headers_policy_id: "${aws_cloudfront_response_headers_policy.headers.id}",
};
const cachePolicy = (name: string, headers: string[] = []) => ({
  name,
  min_ttl: 0,
  max_ttl: 60,
  default_ttl: 60,
  parameters_in_cache_key_and_forwarded_to_origin: {
    cookies_config: { cookie_behavior: "none" },
    query_strings_config: { query_string_behavior: "none" },
    headers_config:
      headers.length > 0
        ? { header_behavior: "whitelist", headers: { items: headers } }
        : { header_behavior: "none" },
  },
});

const fixture: SiteFixture = {
  objects: {
    "index.html": { content: "page" },
    "files/ann/photo.webp": { content: "ann's", content_type: "image/webp" },
    "files/bob/photo.webp": { content: "bob's", content_type: "image/webp" },
    "public/photo.webp": { content: "everybody's", content_type: "image/webp" },
  },
  headers: {
    cors_config: {
      access_control_allow_credentials: false,
      access_control_allow_origins: { items: ["*"] },
      access_control_allow_headers: { items: ["*"] },
      access_control_allow_methods: { items: ["GET", "HEAD"] },
      origin_override: true,
    },
  },
  resource: {
    aws_cloudfront_public_key: {
      own: {
        name_prefix: "own-",
        encoded_key: createPublicKey(own).export({ type: "spki", format: "pem" }),
      },
    },
    aws_cloudfront_key_group: { own: { name: "own", items: ["${aws_cloudfront_public_key.own.id}"] } },
    aws_cloudfront_cache_policy: {
      short: cachePolicy("short"),
      byAccept: cachePolicy("byAccept", ["Accept"]),
    },
  },
  output: {
    key_id: { value: "${aws_cloudfront_public_key.own.id}" },
  },
  distribution: {
    ordered_cache_behavior: [
      {
        ...toBucket,
        path_pattern: "/files/*",
        cache_policy_id: CACHING_OPTIMIZED,
        trusted_key_groups: ["${aws_cloudfront_key_group.own.id}"],
      },
      {
        ...toBucket,
        path_pattern: "/public/*",
        cache_policy_id: "${aws_cloudfront_cache_policy.short.id}",
      },
      {
        ...toBucket,
        path_pattern: "/images",
        target_origin_id: "api",
        cache_policy_id: "${aws_cloudfront_cache_policy.byAccept.id}",
      },
    ],
  },
};

const site = siteStack(fixture);
const { siteUrl, outputs, invoke } = await sharedEngine({
  ...site,
  functions: {
    ...site.functions,
    where: {
      code: "export const handler = async () => process.env.SITE;",
      environment: { SITE: "https://${aws_cloudfront_distribution.site.domain_name}" },
    },
  },
});

/** As CloudFront takes it: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-custom-policy.html */
const encoded = (bytes: Buffer) =>
  bytes.toString("base64").replaceAll("+", "-").replaceAll("=", "_").replaceAll("/", "~");

const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;

interface Over {
  resource?: string;
  until?: number;
  key?: typeof own;
  keyId?: string;
}

function query(over: Over = {}): string {
  const { resource = `${siteUrl}/files/ann/*`, until = inAnHour(), key = own } = over;
  const Condition = { DateLessThan: { "AWS:EpochTime": until } };
  const policy = Buffer.from(JSON.stringify({ Statement: [{ Resource: resource, Condition }] }));
  const signature = sign("sha256", policy, key);
  const parts = [
    `Policy=${encoded(policy)}`,
    `Signature=${encoded(signature)}`,
    `Key-Pair-Id=${over.keyId ?? outputs.key_id}`,
    "Hash-Algorithm=SHA256",
  ];
  return parts.join("&");
}

const ask = (path: string, headers = {}) => view(siteUrl, path, { headers });

describe("an address of a behaviour that trusts a group of keys", () => {
  test("with a policy for its folder is answered", async () => {
    const { status, text, headers } = await ask(`/files/ann/photo.webp?${query()}`);
    expect([status, text, headers["content-type"]]).toEqual([200, "ann's", "image/webp"]);
  });

  test.each<[string, string, string]>([
    ["nothing", "/files/ann/photo.webp", "MissingKey"],
    ["a key that is not in the group", `/files/ann/photo.webp?${query({ keyId: "K1" })}`, "InvalidKey"],
    ["no policy", `/files/ann/photo.webp?Key-Pair-Id=${outputs.key_id}`, "MissingPolicy"],
    ["a signature of somebody else", `/files/ann/photo.webp?${query({ key: others })}`, "AccessDenied"],
    ["a policy that is over", `/files/ann/photo.webp?${query({ until: inAnHour() - 3601 })}`, "AccessDenied"],
    ["a policy for another folder", `/files/bob/photo.webp?${query()}`, "AccessDenied"],
    [
      "a policy for another host",
      `/files/ann/photo.webp?${query({ resource: "https://example.org/*" })}`,
      "AccessDenied",
    ],
    [
      "the hash left out",
      `/files/ann/photo.webp?${query().replace("&Hash-Algorithm=SHA256", "")}`,
      "AccessDenied",
    ],
    ["a changed policy", `/files/ann/photo.webp?${query().replace("Policy=e", "Policy=f")}`, "AccessDenied"],
    [
      "more to ask than the policy has",
      `/files/ann/photo.webp?a=b&${query({ resource: `${siteUrl}/files/ann/photo.webp` })}`,
      "AccessDenied",
    ],
  ])("with %s is refused", async (_, path, code) => {
    const { status, headers, text } = await ask(path);
    expect([status, headers["content-type"], headers.server]).toEqual([403, "text/xml", "CloudFront"]);
    expect(text).toContain(`<Code>${code}</Code>`);
  });

  test("does not lead out of its folder, however it is written", async () => {
    for (const path of [
      "/files/ann/../bob/photo.webp",
      "/files/ann/%2e%2e/bob/photo.webp",
      "/files/ann/..%2Fbob%2Fphoto.webp",
    ]) {
      const { status, text } = await ask(`${path}?${query()}`);
      expect(status, path).not.toBe(200);
      expect(text).not.toContain("bob's");
    }
  });
});

test("others of the same distribution are open", async () => {
  expect(await ask("/public/photo.webp")).toMatchObject({ status: 200, text: "everybody's" });
});

test("scripts of pages elsewhere may read answers, where the policy says so", async () => {
  const asked = await ask("/public/photo.webp", { origin: "http://localhost:5173" });
  expect(asked.headers["access-control-allow-origin"]).toBe("*");
  expect((await ask("/public/photo.webp")).headers["access-control-allow-origin"]).toBeUndefined();
});

test("an API whose answers are kept gets the headers that they differ by, and no others", async () => {
  const { status, text } = await ask("/images?a=b", { accept: "image/avif", "x-other": "1" });
  expect(status).toBe(200);
  const { headers, rawQueryString } = JSON.parse(text);
  expect(headers).toMatchObject({ accept: "image/avif" });
  expect(headers).not.toHaveProperty("x-other");
  expect(rawQueryString).toBe("");
});

test("a function has addresses of the distribution as they are on this machine", async () => {
  const { payload } = await invoke("where", {});
  expect(payload).toBe(siteUrl);
});
