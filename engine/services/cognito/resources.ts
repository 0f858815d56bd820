/**
 * User pools of a stack, with their clients and domains.
 *
 * Left out, since nobody has a password here and no mail is sent: how passwords have to be, who may sign up (the sign-in
 * page takes anybody, and asks no function), who sends the mail, a second factor that people may choose, recovery, messages, attributes beside the e-mail address,
 * a client's other flows, whether unknown users are told apart, and deletion protection.
 */
import * as z from "zod";
import { type Apply, block, blocks, emulated, type ResourceTypes } from "../../stack/resource.ts";
import type { UserPools } from "./user-pools.ts";

export function userPoolResources(pools: UserPools): ResourceTypes {
  return {
    aws_cognito_user_pool: emulated(poolSchema, ({ name }) => {
      const { id, arn, endpoint } = pools.addPool();
      return { id, arn, endpoint, name };
    }),
    aws_cognito_user_pool_client: emulated(clientSchema, userPoolClient(pools)),
    aws_cognito_user_group: emulated(groupSchema, ({ name, user_pool_id }) => {
      pools.pool(user_pool_id).groups.push(name);
      return { id: `${user_pool_id}/${name}`, name };
    }),
    aws_cognito_user_pool_domain: emulated(domainSchema, ({ domain, user_pool_id }) => {
      pools.pool(user_pool_id).domain = domain;
      return { id: domain, domain };
    }),
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
  username_configuration: block(
    z.object({ case_sensitive: z.literal(false, "here A@example.org is a@example.org: false") }),
  ),
  mfa_configuration: z.enum(["OFF", "OPTIONAL"], "a second factor cannot be required here").optional(),
  lambda_config: blocks(z.strictObject({ pre_sign_up: z.string() }, "other functions are not called here")),
});

const SECONDS_IN = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 };
const unit = z.enum(["seconds", "minutes", "hours", "days"]);

const unitsSchema = z.object({
  access_token: unit.default("hours"),
  id_token: unit.default("hours"),
  refresh_token: unit.default("days"),
});

const clientSchema = z.object({
  name: z.string(),
  user_pool_id: z.string(),
  generate_secret: z.literal(false, "clients have no secret here").default(false),
  allowed_oauth_flows: z.array(z.string()).default([]),
  allowed_oauth_flows_user_pool_client: z.boolean().default(false),
  allowed_oauth_scopes: z.array(z.string()).default([]),
  callback_urls: z.array(z.string()).default([]),
  logout_urls: z.array(z.string()).default([]),
  access_token_validity: z.number().optional(),
  id_token_validity: z.number().optional(),
  refresh_token_validity: z.number().optional(),
  token_validity_units: blocks(unitsSchema),
});

const userPoolClient =
  (pools: UserPools): Apply<typeof clientSchema> =>
  (settings, { toLocal }) => {
    const [units = unitsSchema.parse({})] = settings.token_validity_units;
    const {
      access_token_validity: access,
      id_token_validity: identity,
      refresh_token_validity: refresh,
    } = settings;
    const { id } = pools.addClient({
      name: settings.name,
      userPoolId: settings.user_pool_id,
      callbackUrls: settings.callback_urls.map(toLocal),
      logoutUrls: settings.logout_urls.map(toLocal),
      scopes: settings.allowed_oauth_scopes,
      oauthFlows: settings.allowed_oauth_flows_user_pool_client ? settings.allowed_oauth_flows : [],
      // 0 is as good as nothing to AWS.
      ...(access && { accessTokenSeconds: access * SECONDS_IN[units.access_token] }),
      ...(identity && { idTokenSeconds: identity * SECONDS_IN[units.id_token] }),
      ...(refresh && { refreshTokenSeconds: refresh * SECONDS_IN[units.refresh_token] }),
    });
    return { id, name: settings.name };
  };

/** Roles of groups are for identity pools. */
const groupSchema = z.object({ name: z.string(), user_pool_id: z.string() });

const domainSchema = z.object({ domain: z.string(), user_pool_id: z.string() });
