/** What the behaviours of a distribution refer to: functions, headers of answers, and the way into a bucket. */
import * as z from "zod";
import { assertSendable } from "../../http/headers.ts";
import { localContentSecurityPolicy } from "../../stack/local-addresses.ts";
import { type Apply, absent, block, blocks, emulated, type ResourceTypes } from "../../stack/resource.ts";
import { cachePolicyResource } from "./cache-policies.ts";
import { type EdgeParts, idFor, uuidFor } from "./edge-parts.ts";
import { EdgeFunction } from "./functions.ts";
import { keyResources } from "./key-resources.ts";
import type { PolicyHeader } from "./response-headers.ts";

export function edgeResources(parts: EdgeParts): ResourceTypes {
  return {
    aws_cloudfront_function: emulated(functionSchema, edgeFunction(parts)),
    aws_cloudfront_origin_access_control: emulated(accessControlSchema, originAccessControl(parts)),
    aws_cloudfront_response_headers_policy: emulated(policySchema, responseHeadersPolicy(parts)),
    aws_cloudfront_cache_policy: cachePolicyResource(parts.cachePolicies),
    ...keyResources(parts),
  };
}

const functionSchema = z.object({
  name: z.string(),
  runtime: z.literal("cloudfront-js-2.0", "only cloudfront-js-2.0 runs here"),
  code: z.string(),
  publish: z.literal(true, "a function that is not published cannot be associated").default(true),
  key_value_store_associations: absent("key-value stores are not here"),
});

const edgeFunction =
  ({ functions }: EdgeParts): Apply<typeof functionSchema> =>
  ({ name, code }, { accountId }) => {
    const arn = `arn:aws:cloudfront::${accountId}:function/${name}`;
    functions.set(arn, new EdgeFunction(name, code));
    const etag = idFor(code);
    return { id: name, name, arn, etag, live_stage_etag: etag, status: "UNASSOCIATED" };
  };

const accessControlSchema = z.object({
  name: z.string(),
  origin_access_control_origin_type: z.literal("s3", "here it is for buckets: s3"),
  signing_behavior: z.literal("always", "a private bucket needs a signature: always"),
  signing_protocol: z.literal("sigv4"),
});

const originAccessControl =
  ({ originAccessControls }: EdgeParts): Apply<typeof accessControlSchema> =>
  ({ name }, { accountId }) => {
    const id = idFor(name);
    originAccessControls.add(id);
    const arn = `arn:aws:cloudfront::${accountId}:origin-access-control/${id}`;
    return { id, name, arn, etag: idFor(`${name} etag`) };
  };

const override = z.object({
  override: z.literal(true, "what the origin says does not count here: true"),
});

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html */
const LONGEST_POLICY = 1783;

const securitySchema = z.object({
  content_security_policy: blocks(
    override.extend({
      content_security_policy: z
        .string()
        .max(LONGEST_POLICY, `CloudFront takes ${LONGEST_POLICY} characters`),
    }),
  ),
  content_type_options: blocks(override),
  frame_options: blocks(override.extend({ frame_option: z.enum(["DENY", "SAMEORIGIN"]) })),
  referrer_policy: blocks(override.extend({ referrer_policy: z.string() })),
  strict_transport_security: blocks(
    override.extend({
      access_control_max_age_sec: z.number(),
      include_subdomains: z.boolean().default(false),
      preload: z.literal(false, "here no browser knows of this machine: false").default(false),
    }),
  ),
  xss_protection: absent("browsers have no such protection any more"),
});

const all = (what: string) =>
  block(z.object({ items: z.tuple([z.literal("*", `here all ${what} may: *`)]) }));

const corsSchema = z.object({
  access_control_allow_credentials: z.literal(false, "here nobody's cookies are sent: false"),
  access_control_allow_origins: all("origins"),
  access_control_allow_headers: all("headers"),
  access_control_allow_methods: block(z.object({ items: z.array(z.enum(["GET", "HEAD"])) })),
  origin_override: z.literal(true, "what the origin says does not count here: true"),
});

const policySchema = z.object({
  name: z.string(),
  cors_config: blocks(corsSchema),
  server_timing_headers_config: absent("Server-Timing is not here"),
  security_headers_config: blocks(securitySchema),
  custom_headers_config: blocks(
    z.object({ items: blocks(override.extend({ header: z.string(), value: z.string() })) }),
  ),
  remove_headers_config: absent("headers of origins are not taken away here"),
});

const responseHeadersPolicy =
  ({ responseHeadersPolicies }: EdgeParts): Apply<typeof policySchema> =>
  (settings, { accountId, toLocal }) => {
    const security = settings.security_headers_config.flatMap(securityHeaders);
    const custom = settings.custom_headers_config.flatMap(({ items }) =>
      items.map(({ header, value }): PolicyHeader => [header.toLowerCase(), value]),
    );
    const local = ([name, value]: PolicyHeader): PolicyHeader => {
      assertSendable(name, value);
      const isPolicy = name === "content-security-policy";
      return [name, isPolicy ? localContentSecurityPolicy(value, toLocal) : toLocal(value)];
    };
    const id = uuidFor(settings.name);
    responseHeadersPolicies.set(id, {
      added: [...security, ...custom].map(local),
      allowsAllOrigins: settings.cors_config.length > 0,
    });
    const arn = `arn:aws:cloudfront::${accountId}:response-headers-policy/${id}`;
    return { id, name: settings.name, arn, etag: idFor(`${settings.name} etag`) };
  };

function securityHeaders(security: z.infer<typeof securitySchema>): PolicyHeader[] {
  const header = (name: string, value: string): PolicyHeader => [name, value];
  return [
    ...security.content_security_policy.map(({ content_security_policy: policy }) =>
      header("content-security-policy", policy),
    ),
    ...security.content_type_options.map(() => header("x-content-type-options", "nosniff")),
    ...security.frame_options.map(({ frame_option }) => header("x-frame-options", frame_option)),
    ...security.referrer_policy.map(({ referrer_policy }) => header("referrer-policy", referrer_policy)),
    ...security.strict_transport_security.map((hsts) =>
      header(
        "strict-transport-security",
        `max-age=${hsts.access_control_max_age_sec}${hsts.include_subdomains ? "; includeSubDomains" : ""}`,
      ),
    ),
  ];
}
