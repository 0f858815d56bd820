/** The distribution: where its answers come from, and what happens to requests on their way. */
import * as z from "zod";
import { absent, block, blocks, emulated, type ResourceType } from "../../stack/resource.ts";
import { StackError } from "../../stack-error.ts";
import type { Behaviour, Distribution, Origin } from "./distribution.ts";
import { type EdgeParts, hashOf, idFor } from "./edge-parts.ts";

const ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac";

const originSchema = z.object({
  origin_id: z.string(),
  domain_name: z.string(),
  origin_path: z.literal("", "an origin has no folder for its root here").default(""),
  origin_access_control_id: z.string().optional(),
  custom_origin_config: blocks(
    z.object({
      origin_protocol_policy: z.literal("https-only", "an API is reached over TLS: https-only"),
    }),
  ),
  custom_header: absent("origins get no headers of their own here"),
});

const behaviourSchema = z.object({
  target_origin_id: z.string(),
  allowed_methods: z.array(z.string()),
  compress: z.boolean().default(false),
  cache_policy_id: z.string(),
  origin_request_policy_id: z
    .literal(ALL_VIEWER_EXCEPT_HOST, "here it is AllViewerExceptHostHeader, by its id")
    .optional(),
  response_headers_policy_id: z.string().optional(),
  function_association: blocks(
    z.object({
      event_type: z.literal(
        "viewer-request",
        "here functions run before the origin is asked: viewer-request",
      ),
      function_arn: z.string(),
    }),
  ).refine((list) => list.length <= 1, "there is one function for an event"),
  lambda_function_association: absent("functions of Lambda do not run at the edge here"),
  forwarded_values: absent("what is forwarded is up to policies here"),
  trusted_key_groups: z
    .array(z.string())
    .max(1, "here a behaviour trusts one group of keys")
    .nullish()
    .transform((list) => list ?? []),
  trusted_signers: absent("who signs is a group of keys here: trusted_key_groups"),
});

const NO_ROOT_OBJECT = "without it, / would list the bucket";

const distributionSchema = z.object({
  enabled: z.literal(true, "here a distribution is in service"),
  aliases: z.array(z.string()).default([]),
  default_root_object: z.string(NO_ROOT_OBJECT).min(1, NO_ROOT_OBJECT),
  origin: blocks(originSchema),
  origin_group: absent("an origin has no substitute here"),
  default_cache_behavior: block(behaviourSchema),
  ordered_cache_behavior: blocks(behaviourSchema.extend({ path_pattern: z.string() })),
  // How long errors are kept, which is not at all here.
  custom_error_response: blocks(
    z.object({
      error_code: z.number(),
      response_page_path: absent("errors are answered as they are here, which is what an API needs"),
    }),
  ),
});

/** What a distribution is made of, and where it goes. */
export interface DistributionOptions {
  parts: EdgeParts;
  /** Base URL of the API with that id. */
  apiUrlOf(apiId: string): string | undefined;
  /** @throws StackError for a second one. */
  createDistribution(distribution: Distribution): void;
}

export function distributionResource(options: DistributionOptions): ResourceType {
  return emulated(distributionSchema, (settings, { address, region, accountId }) => {
    const origins = new Map(
      settings.origin.map((origin) => [origin.origin_id, originOf(origin, { ...options, region })]),
    );
    const ordered = [
      ...settings.ordered_cache_behavior,
      { ...settings.default_cache_behavior, path_pattern: "*" },
    ];
    const id = idFor(address);
    const arn = `arn:aws:cloudfront::${accountId}:distribution/${id}`;
    const domainName = `d${hashOf(address, 13)}.cloudfront.net`;
    options.createDistribution({
      id,
      arn,
      domainName,
      aliases: settings.aliases,
      defaultRootObject: settings.default_root_object,
      behaviours: ordered.map((behaviour) => behaviourOf(behaviour, origins, options.parts)),
    });
    return {
      id,
      arn,
      domain_name: domainName,
      // CloudFront's own zone, the same for everybody.
      hosted_zone_id: "Z2FDTNDATAQYW2",
      etag: idFor(`${address} etag`),
      status: "Deployed",
    };
  });
}

type OriginSettings = z.infer<typeof originSchema>;

function originOf(
  origin: OriginSettings,
  { parts, apiUrlOf, region }: DistributionOptions & { region: string },
): Origin {
  const { domain_name: domainName, origin_access_control_id: accessId } = origin;
  const [, name = "", service] =
    /^(.+)\.(s3|execute-api)\.([a-z0-9-]+)\.amazonaws\.com$/.exec(domainName) ?? [];
  const isHere = domainName.endsWith(`.${region}.amazonaws.com`);
  if (isHere && service === "s3") {
    if (accessId === undefined || !parts.originAccessControls.has(accessId)) {
      const message = `the origin ${origin.origin_id} is a private bucket and needs an origin_access_control_id of the stack.`;
      throw new StackError(message);
    }
    return { kind: "bucket", bucket: name };
  }
  const url = isHere && service === "execute-api" ? apiUrlOf(name) : undefined;
  if (url !== undefined && origin.custom_origin_config.length === 1) return { kind: "api", url };
  const message = `the origin ${domainName} is neither <bucket>.s3.${region}.amazonaws.com nor, with a custom_origin_config, <id of the stack's API>.execute-api.${region}.amazonaws.com.`;
  throw new StackError(message);
}

type BehaviourSettings = z.infer<typeof behaviourSchema> & { path_pattern: string };

function behaviourOf(settings: BehaviourSettings, origins: Map<string, Origin>, parts: EdgeParts): Behaviour {
  const { path_pattern: pathPattern, target_origin_id: originId, allowed_methods: allowedMethods } = settings;
  const problem = (text: string) => new StackError(`the behaviour for ${pathPattern} ${text}.`);
  const part = <Part>(known: Map<string, Part>, id: string, what: string): Part => {
    const found = known.get(id);
    if (found) return found;
    throw problem(`has the ${what} ${id}, which is not there`);
  };
  const origin = part(origins, originId, "origin");
  const cachePolicy = part(parts.cachePolicies, settings.cache_policy_id, "cache policy");
  const forwards = settings.origin_request_policy_id !== undefined;
  if (
    origin.kind === "bucket" &&
    (forwards || allowedMethods.some((method) => !["GET", "HEAD"].includes(method)))
  )
    throw problem("leads to a bucket, which here gets GET and HEAD and no more of a request than its path");
  if (origin.kind === "api" && cachePolicy.caches === forwards)
    throw problem(
      "leads to an API, which here needs CachingDisabled and AllViewerExceptHostHeader, or a cache policy of the stack alone",
    );
  const [association] = settings.function_association;
  const [groupId] = settings.trusted_key_groups;
  const policyId = settings.response_headers_policy_id;
  return {
    pathPattern,
    origin,
    allowedMethods,
    // What may not be cached is not compressed either.
    compresses: settings.compress && cachePolicy.caches,
    ...(association && { viewerRequest: part(parts.functions, association.function_arn, "function") }),
    ...(policyId !== undefined && {
      responseHeaders: part(parts.responseHeadersPolicies, policyId, "response headers policy"),
    }),
    ...(groupId !== undefined && { signers: part(parts.keyGroups, groupId, "group of keys") }),
    ...(cachePolicy.caches && origin.kind === "api" && { forwardedHeaders: cachePolicy.headers }),
  };
}
