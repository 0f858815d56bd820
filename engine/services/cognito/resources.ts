/** User pools, the apps that may sign people in to them, and the domain of the sign-in pages. */
import * as z from "zod";
import { type Apply, blocks, emulated, type ResourceTypes, read } from "../../stack/resource.ts";
import type { ClientConfig, PoolConfig } from "./pool.ts";

/** What the resources make. */
export interface UserPools {
  createPool(config: PoolConfig): { id: string; arn: string; endpoint: string };
  createClient(config: ClientConfig): { id: string };
  createDomain(domain: { domain: string; userPoolId: string }): void;
}

export function userPoolResources(users: UserPools): ResourceTypes {
  return {
    aws_cognito_user_pool: emulated(userPool(users)),
    aws_cognito_user_pool_client: emulated(userPoolClient(users)),
    aws_cognito_user_pool_domain: emulated(userPoolDomain(users)),
  };
}

const poolSchema = z.object({
  name: z.string(),
  username_attributes: z
    .array(z.string())
    .refine((names) => names.length === 1 && names[0] === "email", "people are known by e-mail address here"),
  auto_verified_attributes: z
    .array(z.string())
    .refine((names) => names.includes("email"), "e-mail addresses are always verified here"),
  username_configuration: blocks(z.object({ case_sensitive: z.boolean() })),
  admin_create_user_config: blocks(z.object({ allow_admin_create_user_only: z.boolean().optional() })),
  password_policy: blocks(
    z.object({
      minimum_length: z.number().default(8),
      require_lowercase: z.boolean().default(false),
      require_numbers: z.boolean().default(false),
      require_symbols: z.boolean().default(false),
      require_uppercase: z.boolean().default(false),
    }),
  ),
  schema: blocks(z.object({ name: z.string() })),
  // A second factor is not asked for here: one that has to be there must not go unnoticed.
  mfa_configuration: z.enum(["OFF", "OPTIONAL"], "a second factor cannot be required here").optional(),
  lambda_config: blocks(z.unknown()).refine((list) => list.length === 0, "functions are not called here"),
});

const userPool =
  (users: UserPools): Apply =>
  (resource) => {
    const settings = read(poolSchema, resource);
    const [policy] = settings.password_policy;
    const [{ case_sensitive: caseSensitive } = { case_sensitive: true }] = settings.username_configuration;
    const made = users.createPool({
      name: settings.name,
      caseSensitive,
      selfSignUp: !settings.admin_create_user_config[0]?.allow_admin_create_user_only,
      customAttributes: settings.schema.map(({ name }) => name),
      ...(policy && {
        passwordPolicy: {
          minimumLength: policy.minimum_length,
          lowercase: policy.require_lowercase,
          uppercase: policy.require_uppercase,
          numbers: policy.require_numbers,
          symbols: policy.require_symbols,
        },
      }),
    });
    return { ...made, name: settings.name };
  };

const SECONDS_IN = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 };
const unit = z.enum(["seconds", "minutes", "hours", "days"]);

const clientSchema = z.object({
  name: z.string(),
  user_pool_id: z.string(),
  generate_secret: z.literal(false, "clients have no secret here").default(false),
  allowed_oauth_flows: z.array(z.string()).default([]),
  allowed_oauth_flows_user_pool_client: z.boolean().default(false),
  allowed_oauth_scopes: z.array(z.string()).default([]),
  callback_urls: z.array(z.string()).default([]),
  logout_urls: z.array(z.string()).default([]),
  explicit_auth_flows: z.array(z.string()).default([]),
  prevent_user_existence_errors: z.enum(["ENABLED", "LEGACY"]).default("LEGACY"),
  access_token_validity: z.number().optional(),
  id_token_validity: z.number().optional(),
  refresh_token_validity: z.number().optional(),
  token_validity_units: blocks(
    z.object({
      access_token: unit.default("hours"),
      id_token: unit.default("hours"),
      refresh_token: unit.default("days"),
    }),
  ),
});

const userPoolClient =
  (users: UserPools): Apply =>
  (resource, { toLocal }) => {
    const settings = read(clientSchema, resource);
    const [units = { access_token: "hours", id_token: "hours", refresh_token: "days" } as const] =
      settings.token_validity_units;
    const { access_token_validity: access, id_token_validity: identity } = settings;
    const { refresh_token_validity: refresh, explicit_auth_flows: authFlows } = settings;
    const { id } = users.createClient({
      name: settings.name,
      userPoolId: settings.user_pool_id,
      callbackUrls: settings.callback_urls.map(toLocal),
      logoutUrls: settings.logout_urls.map(toLocal),
      scopes: settings.allowed_oauth_scopes,
      oauthFlows: settings.allowed_oauth_flows_user_pool_client ? settings.allowed_oauth_flows : [],
      hidesUserExistence: settings.prevent_user_existence_errors === "ENABLED",
      ...(authFlows.length > 0 && { authFlows }),
      // 0 is as good as nothing to AWS.
      ...(access && { accessTokenSeconds: access * SECONDS_IN[units.access_token] }),
      ...(identity && { idTokenSeconds: identity * SECONDS_IN[units.id_token] }),
      ...(refresh && { refreshTokenSeconds: refresh * SECONDS_IN[units.refresh_token] }),
    });
    return { id, name: settings.name };
  };

const userPoolDomain =
  (users: UserPools): Apply =>
  (resource) => {
    const schema = z.object({ domain: z.string(), user_pool_id: z.string() });
    const { domain, user_pool_id: userPoolId } = read(schema, resource);
    users.createDomain({ domain, userPoolId });
    return { id: domain, domain };
  };
