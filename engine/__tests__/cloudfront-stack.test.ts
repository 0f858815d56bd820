import { expect, test } from "vitest";
import {
  ALL_VIEWER_EXCEPT_HOST,
  CACHING_OPTIMIZED,
  type SiteFixture,
  siteStack,
  view,
} from "./cloudfront-support.ts";
import { ACCOUNT, type Fixture, REGION, temporaryEngine } from "./engine-support.ts";

test("has the attributes that others refer to", async () => {
  const of = (type: string, name: string, attributes: string[]) =>
    attributes.map((attribute) => [`${type}_${attribute}`, { value: `\${${type}.${name}.${attribute}}` }]);
  const { outputs } = await temporaryEngine(
    siteStack({
      output: Object.fromEntries([
        ...of("aws_cloudfront_distribution", "site", [
          "id",
          "arn",
          "domain_name",
          "hosted_zone_id",
          "etag",
          "status",
        ]),
        ...of("aws_cloudfront_function", "app", ["id", "arn", "etag"]),
        ...of("aws_cloudfront_origin_access_control", "site", ["id", "etag"]),
        ...of("aws_cloudfront_response_headers_policy", "headers", ["id", "etag"]),
        ...of("aws_s3_object", "object-0", ["id", "key", "etag", "arn"]),
      ]),
    }),
  );
  const id = expect.stringMatching(/^E[A-Z0-9]{13}$/);
  expect(outputs).toMatchObject({
    aws_cloudfront_distribution_id: id,
    aws_cloudfront_distribution_arn: `arn:aws:cloudfront::${ACCOUNT}:distribution/${outputs.aws_cloudfront_distribution_id}`,
    aws_cloudfront_distribution_domain_name: expect.stringMatching(/^d[a-z0-9]{13}\.cloudfront\.net$/),
    aws_cloudfront_distribution_hosted_zone_id: "Z2FDTNDATAQYW2",
    aws_cloudfront_distribution_etag: id,
    aws_cloudfront_distribution_status: "Deployed",
    aws_cloudfront_function_id: "app",
    aws_cloudfront_function_arn: `arn:aws:cloudfront::${ACCOUNT}:function/app`,
    aws_cloudfront_origin_access_control_id: id,
    aws_cloudfront_response_headers_policy_id: expect.stringMatching(
      /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    ),
    aws_s3_object_key: "index.html",
    aws_s3_object_etag: expect.stringMatching(/^[0-9a-f]{32}$/),
    aws_s3_object_arn: "arn:aws:s3:::site/index.html",
  });
});

test("what belongs to it on AWS and has nothing to do here may be there", async () => {
  const resource: Fixture["resource"] = {
    aws_wafv2_web_acl: { firewall: { name: "firewall", scope: "CLOUDFRONT" } },
    aws_route53_record: { record: { name: "${aws_cloudfront_distribution.site.domain_name}" } },
    aws_cloudwatch_log_delivery_source: {
      logs: { name: "logs", resource_arn: "${aws_cloudfront_distribution.site.arn}" },
    },
    aws_cloudwatch_log_delivery_destination: { logs: { name: "logs" } },
    aws_cloudwatch_log_delivery: {
      logs: {
        delivery_source_name: "${aws_cloudwatch_log_delivery_source.logs.name}",
        delivery_destination_arn: "${aws_cloudwatch_log_delivery_destination.logs.arn}",
      },
    },
  };
  const distribution = { web_acl_id: "${aws_wafv2_web_acl.firewall.arn}" };
  expect(
    (await view((await temporaryEngine(siteStack({ resource, distribution }))).siteUrl, "/")).status,
  ).toBe(200);
});

const origins = (siteStack().resource?.aws_cloudfront_distribution?.site?.origin ?? []) as object[];
const withOrigin = (index: number, change: object): SiteFixture => ({
  distribution: { origin: origins.map((origin, at) => (at === index ? { ...origin, ...change } : origin)) },
});
const securityHeaders = (settings: object) => ({ headers: { security_headers_config: settings } });

test.each<[string, SiteFixture, RegExp]>([
  [
    "an unknown cache policy",
    { defaultBehaviour: { cache_policy_id: "b2884449-e4de-46a7-ac36-70bc7f1ddd6d" } },
    /has the cache policy b2884449/,
  ],
  [
    "an unknown origin request policy",
    { apiBehaviour: { origin_request_policy_id: "216adef6-5c7f-47e4-b989-5492eafa07d3" } },
    /AllViewerExceptHostHeader/,
  ],
  [
    "an unknown response headers policy",
    { defaultBehaviour: { response_headers_policy_id: "67f7725c-6f97-4210-82d7-5512b31e9d03" } },
    /has the response headers policy 67f7725c/,
  ],
  [
    "an unknown function",
    { defaultBehaviour: { function_association: { event_type: "viewer-request", function_arn: "arn:a" } } },
    /arn:a, which is not there/,
  ],
  [
    "a function elsewhere on the way",
    { defaultBehaviour: { function_association: { event_type: "viewer-response", function_arn: "arn:a" } } },
    /viewer-request/,
  ],
  [
    "an unknown origin",
    { defaultBehaviour: { target_origin_id: "nowhere" } },
    /behaviour for \* has the origin nowhere/,
  ],
  ["writing to a bucket", { defaultBehaviour: { allowed_methods: ["GET", "HEAD", "PUT"] } }, /GET and HEAD/],
  [
    "a query for a bucket",
    { defaultBehaviour: { origin_request_policy_id: ALL_VIEWER_EXCEPT_HOST } },
    /leads to a bucket/,
  ],
  [
    "a header that cannot be sent",
    { headers: { custom_headers_config: { items: [{ header: "a", value: "b\nc", override: true }] } } },
    /Invalid character/,
  ],
  [
    "an API whose answers are kept",
    { apiBehaviour: { cache_policy_id: CACHING_OPTIMIZED } },
    /for \/api\/\* leads to an API/,
  ],
  [
    "an API that gets nothing of the viewer",
    { apiBehaviour: { origin_request_policy_id: undefined } },
    /leads to an API/,
  ],
  [
    "a behaviour without a cache policy",
    { defaultBehaviour: { cache_policy_id: undefined, forwarded_values: {} } },
    /up to policies/,
  ],
  [
    "errors that are turned into pages",
    { distribution: { custom_error_response: [{ error_code: 404, response_page_path: "/index.html" }] } },
    /custom_error_response/,
  ],
  ["no root object", { distribution: { default_root_object: undefined } }, /would list the bucket/],
  ["a folder as the root", withOrigin(0, { origin_path: "/web" }), /no folder for its root/],
  [
    "headers that only sometimes count",
    securityHeaders({ content_type_options: { override: false } }),
    /origin says does not count/,
  ],
  [
    "headers that are taken away",
    { headers: { remove_headers_config: { items: [{ header: "etag" }] } } },
    /not taken away/,
  ],
  ["a distribution that is off", { distribution: { enabled: false } }, /in service/],
  ["an origin of somebody else", withOrigin(1, { domain_name: "example.org" }), /example\.org is neither/],
  [
    "a bucket elsewhere",
    withOrigin(0, { domain_name: "site.s3.us-west-2.amazonaws.com" }),
    new RegExp(`neither <bucket>\\.s3\\.${REGION}`),
  ],
  [
    "an API that is not in the stack",
    withOrigin(1, { domain_name: `abc.execute-api.${REGION}.amazonaws.com` }),
    /is neither/,
  ],
  [
    "a bucket that everybody would have to read",
    withOrigin(0, { origin_access_control_id: undefined }),
    /origin_access_control_id/,
  ],
  [
    "headers to an origin",
    withOrigin(1, { custom_header: [{ name: "a", value: "b" }] }),
    /headers of their own/,
  ],
  [
    "code that is none",
    { code: "function (" },
    /aws_cloudfront_function\.app cannot be applied: SyntaxError/,
  ],
  [
    "CORS for some origins",
    {
      headers: {
        cors_config: {
          access_control_allow_credentials: false,
          access_control_allow_origins: { items: ["https://example.org"] },
          access_control_allow_headers: { items: ["*"] },
          access_control_allow_methods: { items: ["GET"] },
          origin_override: true,
        },
      },
    },
    /here all origins may/,
  ],
  [
    "a group of keys that is not there",
    { defaultBehaviour: { trusted_key_groups: ["none"] } },
    /has the group of keys none, which is not there/,
  ],
  [
    "a content security policy that is too long",
    securityHeaders({
      content_security_policy: { content_security_policy: "a".repeat(1784), override: true },
    }),
    /1783 characters/,
  ],
  [
    "a file that is not there",
    { objects: { a: { source: "gone.txt" } } },
    /object-0 cannot be applied: .*gone\.txt/,
  ],
  [
    "a second distribution",
    {
      resource: {
        aws_cloudfront_distribution: {
          a: siteStack().resource?.aws_cloudfront_distribution?.site ?? {},
          b: siteStack().resource?.aws_cloudfront_distribution?.site ?? {},
        },
      },
    },
    /would be a second one/,
  ],
])("%s is refused with a sentence", async (_, fixture, message) => {
  const stack = siteStack(fixture);
  if (fixture.resource) stack.resource = { ...stack.resource, aws_s3_bucket_policy: {} };
  await expect(temporaryEngine(stack)).rejects.toThrow(message);
});
