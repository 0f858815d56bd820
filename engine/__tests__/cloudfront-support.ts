/** A stack with a web app in a private bucket and an API, behind a distribution, and a viewer that sends what it is told. */
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { buffer } from "node:stream/consumers";
import { apiStack } from "./api-gateway-support.ts";
import type { Fixture } from "./engine-support.ts";
import { policyOf, REGION } from "./engine-support.ts";

export const CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6";
export const CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
export const ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac";

/** As web apps have it: what has no extension is a place in the page, and the API is under /api. */
export const APP_FUNCTION = `
function handler(event) {
  const request = event.request;
  if (request.uri.startsWith("/api/")) request.uri = request.uri.slice(4);
  else if (!/\\.[^/]+$/.test(request.uri)) request.uri = "/index.html";
  return request;
}`;

export const PAGE = "<!doctype html><title>Photographs</title>";
export const script = "export const photographs = [];\n".repeat(100);

export interface SiteFixture {
  /** Texts by key. */
  objects?: Record<
    string,
    { content?: string; source?: string; content_type?: string; cache_control?: string }
  >;
  code?: string;
  /** Arguments of the response headers policy. */
  headers?: object;
  distribution?: object;
  defaultBehaviour?: object;
  apiBehaviour?: object;
  /** Statements of the bucket's policy; the distribution may read and list unless told. */
  allowed?: object[];
  /** Added to the stack. */
  resource?: NonNullable<Fixture["resource"]>;
  output?: NonNullable<Fixture["output"]>;
}

/** Lets a distribution do something in the bucket. */
export const allowed = (
  action: string,
  path: string,
  sourceArn = "${aws_cloudfront_distribution.site.arn}",
) => ({
  Effect: "Allow",
  Principal: { Service: "cloudfront.amazonaws.com" },
  Action: action,
  Resource: `\${aws_s3_bucket.site.arn}${path}`,
  Condition: { StringEquals: { "aws:SourceArn": sourceArn } },
});

const mayReadAndList = [allowed("s3:GetObject", "/*"), allowed("s3:ListBucket", "")];

export function siteStack(fixture: SiteFixture = {}): Fixture {
  const {
    objects,
    code = APP_FUNCTION,
    headers = {},
    distribution,
    defaultBehaviour,
    apiBehaviour,
  } = fixture;
  const behaviour = {
    viewer_protocol_policy: "redirect-to-https",
    compress: true,
    cached_methods: ["GET", "HEAD"],
    response_headers_policy_id: "${aws_cloudfront_response_headers_policy.headers.id}",
    function_association: [
      { event_type: "viewer-request", function_arn: "${aws_cloudfront_function.app.arn}" },
    ],
  };
  const api = apiStack({
    open: ["GET /images", "POST /answer", "PUT /images/{imageId}", "DELETE /images/{imageId}"],
    closed: ["GET /mine", "POST /mine"],
  });
  return {
    ...api,
    resource: {
      ...api.resource,
      aws_s3_bucket: { site: { bucket: "site" } },
      aws_s3_bucket_policy: {
        site: {
          bucket: "${aws_s3_bucket.site.bucket}",
          policy: policyOf(...(fixture.allowed ?? mayReadAndList)),
        },
      },
      aws_s3_object: objectBlocks(objects ?? usualObjects),
      aws_cloudfront_function: {
        app: { name: "app", runtime: "cloudfront-js-2.0", code, publish: true },
      },
      aws_cloudfront_origin_access_control: {
        site: {
          name: "site",
          origin_access_control_origin_type: "s3",
          signing_behavior: "always",
          signing_protocol: "sigv4",
        },
      },
      aws_cloudfront_response_headers_policy: { headers: { name: "headers", ...headers } },
      aws_cloudfront_distribution: {
        site: {
          enabled: true,
          is_ipv6_enabled: true,
          http_version: "http2and3",
          default_root_object: "index.html",
          origin: [
            {
              origin_id: "site",
              domain_name: `\${aws_s3_bucket.site.bucket}.s3.${REGION}.amazonaws.com`,
              origin_access_control_id: "${aws_cloudfront_origin_access_control.site.id}",
            },
            {
              origin_id: "api",
              domain_name: `\${aws_apigatewayv2_api.api.id}.execute-api.${REGION}.amazonaws.com`,
              custom_origin_config: {
                http_port: 80,
                https_port: 443,
                origin_protocol_policy: "https-only",
                origin_ssl_protocols: ["TLSv1.2"],
              },
            },
          ],
          default_cache_behavior: {
            ...behaviour,
            target_origin_id: "site",
            allowed_methods: ["GET", "HEAD"],
            cache_policy_id: CACHING_OPTIMIZED,
            ...defaultBehaviour,
          },
          ordered_cache_behavior: [
            {
              ...behaviour,
              path_pattern: "/api/*",
              target_origin_id: "api",
              allowed_methods: ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
              cache_policy_id: CACHING_DISABLED,
              origin_request_policy_id: ALL_VIEWER_EXCEPT_HOST,
              ...apiBehaviour,
            },
          ],
          restrictions: { geo_restriction: { restriction_type: "none" } },
          viewer_certificate: { cloudfront_default_certificate: true },
          ...distribution,
        },
      },
      ...fixture.resource,
    },
    output: { ...api.output, ...fixture.output },
  };
}

const usualObjects: NonNullable<SiteFixture["objects"]> = {
  "index.html": { content: PAGE, content_type: "text/html; charset=utf-8", cache_control: "no-cache" },
  "assets/app-1a2b.js": {
    content: script,
    content_type: "text/javascript; charset=utf-8",
    cache_control: "public, max-age=31536000, immutable",
  },
};

function objectBlocks(objects: NonNullable<SiteFixture["objects"]>) {
  const blocks = Object.entries(objects).map(([key, settings], index) => [
    `object-${index}`,
    { bucket: "${aws_s3_bucket.site.bucket}", key, ...settings },
  ]);
  return Object.fromEntries(blocks);
}

export interface Seen {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  text: string;
}

/** Sends the path as it is, and leaves the answer as it comes: no redirects followed, nothing decompressed. */
export async function view(
  base: string,
  path: string,
  { method = "GET", headers = {}, body }: { method?: string; headers?: object; body?: string | Buffer } = {},
): Promise<Seen> {
  const { promise, resolve, reject } = Promise.withResolvers<Seen>();
  const outgoing = httpRequest(base, { method, path, headers: { ...headers }, agent: false }, (response) => {
    const { statusCode: status = 0, headers } = response;
    buffer(response).then(
      (bytes) => resolve({ status, headers, body: bytes, text: bytes.toString() }),
      reject,
    );
  });
  outgoing.once("error", reject);
  outgoing.end(body);
  return promise;
}
