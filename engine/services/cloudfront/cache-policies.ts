/** How long answers are kept at the edge, which is not at all here, and what of a request reaches an origin that answers are kept of. */
import * as z from "zod";
import { type Apply, block, blocks, emulated, type ResourceType } from "../../stack/resource.ts";
import { type CachePolicy, idFor, uuidFor } from "./edge-parts.ts";

/** AWS's own: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html */
export const MANAGED_CACHE_POLICIES = new Map<string, CachePolicy>([
  ["658327ea-f89d-4fab-a63d-7e88639e58f6", { caches: true, headers: [] }],
  ["4135ea2d-6df8-44a3-9df3-4b5a84be39ad", { caches: false, headers: [] }],
]);

const none = (what: string) => z.literal("none", `here answers do not differ by ${what}: none`);

const policySchema = z.object({
  name: z.string(),
  min_ttl: z.int().min(0),
  default_ttl: z.int().min(0).default(86_400),
  max_ttl: z.int().min(0).default(31_536_000),
  parameters_in_cache_key_and_forwarded_to_origin: block(
    z.object({
      cookies_config: block(z.object({ cookie_behavior: none("cookies") })),
      query_strings_config: block(z.object({ query_string_behavior: none("what is asked after a ?") })),
      headers_config: block(
        z.object({
          header_behavior: z.enum(["none", "whitelist"]),
          headers: blocks(z.object({ items: z.array(z.string()) })),
        }),
      ),
    }),
  ),
});

export function cachePolicyResource(policies: Map<string, CachePolicy>): ResourceType {
  const apply: Apply<typeof policySchema> = (settings) => {
    const { name, parameters_in_cache_key_and_forwarded_to_origin: parameters } = settings;
    const id = uuidFor(name);
    const headers = parameters.headers_config.headers.flatMap(({ items }) => items);
    policies.set(id, {
      caches: settings.max_ttl > 0,
      headers: headers.map((header) => header.toLowerCase()),
    });
    return { id, etag: idFor(`${name} etag`) };
  };
  return emulated(policySchema, apply);
}
