import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { resourcesOf, statements } from "../fixtures/resources.ts";
import { otherwise } from "../fixtures/settings.ts";
import { projectFolder, type Resource, synthesize } from "../fixtures/stack.ts";

const stack = synthesize();
const { values, only } = resourcesOf(stack);

/** What the distribution, and nobody else, may do in a bucket. */
function readersOf(bucket: string): (string | string[])[][] {
  const allowed = statements(only("aws_s3_bucket_policy", bucket).policy).filter(
    ({ Effect }) => Effect === "Allow",
  );
  for (const statement of allowed)
    expect(statement).toMatchObject({
      Principal: { Service: "cloudfront.amazonaws.com" },
      Condition: {
        ArnLike: { "aws:SourceArn": expect.stringContaining("aws_cloudfront_distribution.site") },
      },
    });
  return allowed.map(({ Action, Resource }) => [[Action].flat()[0] ?? "", Resource]);
}

describe("the web app", () => {
  it("is served by CloudFront from a bucket that lets nobody else read", () => {
    expect(only("aws_cloudfront_distribution")).toMatchObject({
      enabled: true,
      http_version: "http2and3",
      default_root_object: "index.html",
      default_cache_behavior: {
        target_origin_id: "site",
        viewer_protocol_policy: "redirect-to-https",
        allowed_methods: ["GET", "HEAD"],
        compress: true,
      },
      viewer_certificate: { cloudfront_default_certificate: true },
    });
    for (const access of values("aws_cloudfront_origin_access_control"))
      expect(access).toMatchObject({ signing_behavior: "always", signing_protocol: "sigv4" });
    expect(readersOf("site")).toEqual([
      ["s3:GetObject", expect.stringMatching(/arn\}\/\*$/)],
      ["s3:ListBucket", expect.stringMatching(/arn\}$/)],
    ]);
  });

  it("has published files beside it, out of their own bucket, for addresses that were signed with a key that never leaves KMS", () => {
    const behaviours = only("aws_cloudfront_distribution").ordered_cache_behavior as Resource[];
    const reference = (type: string) => expect.stringMatching(new RegExp(`^\\$\\{${type}\\..*\\.id\\}$`));
    expect(behaviours.find(({ path_pattern }) => path_pattern === "/files/*")).toMatchObject({
      target_origin_id: "files",
      viewer_protocol_policy: "https-only",
      allowed_methods: ["GET", "HEAD"],
      cache_policy_id: reference("aws_cloudfront_cache_policy"),
      trusted_key_groups: [reference("aws_cloudfront_key_group")],
    });
    expect(only("aws_cloudfront_key_group").items).toEqual([reference("aws_cloudfront_public_key")]);
    expect(only("aws_cloudfront_public_key")).toMatchObject({
      name_prefix: "image-pipeline-dev-files-",
      encoded_key: expect.stringMatching(/^\$\{data\.aws_kms_public_key\..*\.public_key_pem\}$/),
      lifecycle: { create_before_destroy: true },
    });
    expect(only("aws_kms_key")).toMatchObject({
      key_usage: "SIGN_VERIFY",
      customer_master_key_spec: "RSA_2048",
    });
    expect(stack.text).not.toContain("PRIVATE KEY");
    expect(readersOf("processed")).toEqual([
      ["s3:GetObject", expect.stringMatching(/arn\}\/files\/\*$/)],
      ["s3:GetObject", expect.stringMatching(/arn\}\/public\/\*$/)],
      ["s3:ListBucket", expect.stringMatching(/arn\}$/)],
    ]);
  });

  it("forgets public files, and where their addresses lead, within a minute", () => {
    const behaviours = only("aws_cloudfront_distribution").ordered_cache_behavior as Resource[];
    for (const [path, cache, origin] of [
      ["/public/*", "site_delivery_public", "files"],
      ["/p/*", "site_delivery_addresses", "api"],
    ]) {
      const behaviour = behaviours.find(({ path_pattern }) => path_pattern === path);
      expect(behaviour).toMatchObject({
        target_origin_id: origin,
        viewer_protocol_policy: "redirect-to-https",
        cache_policy_id: expect.stringContaining(`aws_cloudfront_cache_policy.${cache}-`),
      });
      expect(behaviour).not.toHaveProperty("trusted_key_groups");
      expect(only("aws_cloudfront_cache_policy", cache)).toMatchObject({ min_ttl: 0, max_ttl: 60 });
    }
    expect(only("aws_cloudfront_cache_policy", "site_delivery_addresses")).toMatchObject({
      parameters_in_cache_key_and_forwarded_to_origin: {
        headers_config: { header_behavior: "whitelist", headers: { items: ["Accept"] } },
      },
    });
  });

  it("keeps at the edge for a day what browsers are told to keep to themselves, for a year", () => {
    expect(only("aws_cloudfront_cache_policy", "site_delivery_files")).toMatchObject({
      min_ttl: 86_400,
      max_ttl: 86_400,
      parameters_in_cache_key_and_forwarded_to_origin: {
        cookies_config: { cookie_behavior: "none" },
        headers_config: { header_behavior: "none" },
        query_strings_config: { query_string_behavior: "none" },
      },
    });
  });

  it("has the API on its own origin, uncached, with every method and header", () => {
    const [behaviour] = only("aws_cloudfront_distribution").ordered_cache_behavior as Resource[];
    expect(behaviour).toMatchObject({
      path_pattern: "/api/*",
      target_origin_id: "api",
      cache_policy_id: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
      origin_request_policy_id: "b689b0a8-53d0-40ab-baf2-68738e2966ac",
      allowed_methods: expect.arrayContaining(["POST", "DELETE"]),
    });
    // Errors are passed on as they are, and never kept for the next one who asks.
    for (const error of only("aws_cloudfront_distribution").custom_error_response as Resource[]) {
      expect(error).toEqual({ error_code: expect.any(Number), error_caching_min_ttl: 0 });
    }
  });

  it("runs no script but its own, and talks to nobody but the API, the sign-in pages and the buckets", () => {
    const { security_headers_config: headers } = only(
      "aws_cloudfront_response_headers_policy",
      "site_headers",
    ) as {
      security_headers_config: { content_security_policy: { content_security_policy: string } };
    };
    const policy = headers.content_security_policy.content_security_policy;
    const directives = Object.fromEntries(
      policy.split("; ").map((directive) => [directive.split(" ")[0], directive.split(" ").slice(1)]),
    );
    expect(directives).toMatchObject({
      "default-src": ["'none'"],
      "script-src": ["'self'"],
      "style-src": ["'self'"],
      "frame-ancestors": ["'none'"],
      "base-uri": ["'none'"],
    });
    const buckets = [
      expect.stringMatching(/^https:\/\/\$\{aws_s3_bucket\.original.*\.s3\.us-east-1\.amazonaws\.com$/),
      expect.stringMatching(/^https:\/\/\$\{aws_s3_bucket\.processed.*\.s3\.us-east-1\.amazonaws\.com$/),
    ];
    expect(directives["frame-src"]).toEqual(buckets);
    expect(directives["connect-src"]).toEqual([
      "'self'",
      ...buckets,
      expect.stringMatching(/^https:\/\/\$\{aws_cognito_user_pool_domain\..*\.amazoncognito\.com$/),
    ]);
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(headers).toMatchObject({
      frame_options: { frame_option: "DENY", override: true },
      referrer_policy: { referrer_policy: "no-referrer", override: true },
      strict_transport_security: { access_control_max_age_sec: 31_536_000 },
    });
  });

  it("has its files in the bucket, each with its type, the page after what it names, and settings beside it", () => {
    const objects = values("aws_s3_object");
    const byKey = new Map(objects.map((object) => [String(object.key), object]));
    expect(byKey.get("index.html")).toMatchObject({
      content_type: "text/html; charset=utf-8",
      cache_control: "no-cache",
    });
    expect(byKey.get("index.html")?.depends_on).toHaveLength(objects.length - 2);
    const page = readFileSync(join(dirname(stack.file), String(byKey.get("index.html")?.source)), "utf8");
    const named = [...page.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, name]) => name ?? "");
    expect(named.length).toBeGreaterThan(1);
    for (const name of named) expect([...byKey.keys()]).toContain(name);
    expect(page).not.toMatch(/<script>|<style|style=|onload=/);
    for (const [key, { cache_control }] of byKey)
      if (key.startsWith("assets/")) expect(cache_control).toBe("public, max-age=31536000, immutable");
    expect(JSON.parse(String(byKey.get("config.json")?.content))).toEqual({
      apiUrl: "/api",
      signIn: {
        url: expect.stringContaining("amazoncognito.com"),
        issuer: expect.stringContaining("aws_cognito_user_pool."),
        clientId: expect.stringContaining("aws_cognito_user_pool_client."),
      },
      signUp: "open",
      maxBytes: 52_428_800,
      takesHeic: true,
      hasHistory: true,
    });
  });

  it("may upload to the original bucket, and is come back to from the sign-in pages", () => {
    const site = expect.stringMatching(/^https:\/\/\$\{aws_cloudfront_distribution\.[^}]+\}$/);
    const rules = values("aws_s3_bucket_cors_configuration").map(({ bucket, cors_rule }) => [
      String(bucket).includes("original") ? "original" : "processed",
      cors_rule,
    ]);
    const allowed_origins = ["http://localhost:5173", site];
    expect(Object.fromEntries(rules)).toEqual({
      original: [
        expect.objectContaining({ allowed_origins, allowed_methods: expect.arrayContaining(["GET", "PUT"]) }),
      ],
      processed: [expect.objectContaining({ allowed_origins, allowed_methods: ["GET", "HEAD"] })],
    });
    expect(only("aws_cognito_user_pool_client").logout_urls).toHaveLength(2);
  });

  it("has its requests written down, and those of the buckets, unless that is turned off", () => {
    expect(only("aws_cloudwatch_log_delivery_source")).toMatchObject({
      region: "us-east-1",
      log_type: "ACCESS_LOGS",
    });
    const without = synthesize(otherwise);
    expect(resourcesOf(without).values("aws_s3_bucket_logging")).toEqual([]);
    expect(resourcesOf(without).values("aws_cloudwatch_log_delivery")).toEqual([]);
  });

  it("is not there when it is turned off, nor on an emulator", () => {
    for (const settings of [
      { IMAGE_PIPELINE_SITE: "false" },
      { AWS_ENDPOINT_URL: "http://localhost:4566" },
    ]) {
      const without = synthesize(settings);
      expect(Object.keys(without.json.resource).filter((type) => type.startsWith("aws_cloudfront"))).toEqual(
        [],
      );
      expect(Object.keys(without.json.output)).not.toContain("site_url");
    }
  });

  it("has a domain of one's own and a firewall when they are set", () => {
    const own = synthesize(otherwise);
    expect(resourcesOf(own).only("aws_cloudfront_distribution")).toMatchObject({
      aliases: ["photos.example.org"],
      web_acl_id: expect.stringContaining("aws_wafv2_web_acl"),
      viewer_certificate: { ssl_support_method: "sni-only", minimum_protocol_version: "TLSv1.2_2021" },
    });
    expect(own.json.output.site_url?.value).toBe("https://photos.example.org");
    expect(
      resourcesOf(own)
        .values("aws_route53_record")
        .map(({ type }) => type)
        .sort(),
    ).toEqual(["A", "AAAA"]);
    expect(resourcesOf(own).only("aws_cognito_user_pool_client").callback_urls).toContain(
      "https://photos.example.org/",
    );
    const firewalls = resourcesOf(own).values("aws_wafv2_web_acl");
    expect(firewalls.map(({ name, scope, region }) => [name, scope, region]).sort()).toEqual([
      ["image-pipeline-dev-site", "CLOUDFRONT", "us-east-1"],
      ["image-pipeline-dev-users", "REGIONAL", undefined],
    ]);
    for (const { rule, visibility_config } of firewalls) {
      expect((rule as Resource[]).map(({ name }) => name)).toEqual([
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesCommonRuleSet",
        "rate-of-one-address",
      ]);
      for (const watched of [
        visibility_config,
        ...(rule as Resource[]).map((each) => each.visibility_config),
      ])
        expect(watched).toMatchObject({ cloudwatch_metrics_enabled: true, sampled_requests_enabled: true });
      expect(JSON.stringify(rule)).toMatch(/managed_rule_group_statement.*rate_based_statement/);
      expect(JSON.stringify(rule)).not.toMatch(/[a-z][A-Z]\w*":/);
    }
    const rulesOf = (scope: string) => JSON.stringify(firewalls.find((one) => one.scope === scope)?.rule);
    // Each picture is a request there.
    expect(rulesOf("CLOUDFRONT")).toMatch(/"limit":20000\b/);
    expect(rulesOf("REGIONAL")).toMatch(/"limit":2000\b/);
    // The address of a page that is developed on this machine.
    expect(rulesOf("REGIONAL")).toContain("EC2MetaDataSSRF_QUERYARGUMENTS");
    expect(resourcesOf(own).only("aws_wafv2_web_acl_association")).toMatchObject({
      resource_arn: expect.stringContaining("aws_cognito_user_pool"),
      web_acl_arn: expect.stringContaining("users-firewall"),
    });
  });
});

describe("the formats that a browser takes", () => {
  const code = readFileSync(join(projectFolder, "site/edge/accepted-formats.js"), "utf8");
  const CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";
  it.each([
    [{ value: CHROME }, "image/avif,image/webp,image/*"],
    [{ value: "image/webp, image/*;q=0.8" }, "image/webp,image/*"],
    [{ value: "IMAGE/WEBP;q=0.5" }, "image/webp,image/*"],
    [{ value: "image/avif;q=0, image/webp;q=0.0" }, "image/*"],
    [{ value: "*/*" }, "image/*"],
    [{ value: "a", multiValue: [{ value: "a" }, { value: "image/avif" }] }, "image/avif,image/*"],
    [undefined, "image/*"],
  ])("%j come to %s", (accept, expected) => {
    const request = { headers: accept ? { accept } : {} };
    const { headers } = runInNewContext(`${code}; handler({ request })`, { request });
    expect(headers.accept).toEqual({ value: expected });
  });
});

describe("a path at the edge", () => {
  const code = readFileSync(join(projectFolder, "site/edge/viewer-request.js"), "utf8");
  it.each([
    ["/", "/index.html"],
    ["/images/0123456789abcdef0123456789abcdef", "/index.html"],
    ["/assets/index-abc123.js", "/assets/index-abc123.js"],
    ["/config.json", "/config.json"],
    ["/api/images", "/images"],
    ["/api/images/0123/download/large.jpeg", "/images/0123/download/large.jpeg"],
    ["/api", "/index.html"],
    ["/apiary", "/index.html"],
    ["/a.b/c", "/index.html"],
  ])("%s is asked for as %s", (uri, expected) => {
    const { uri: asked } = runInNewContext(`${code}; handler({ request: { uri } })`, { uri });
    expect(asked).toBe(expected);
  });
});
