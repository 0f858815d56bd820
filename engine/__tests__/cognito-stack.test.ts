import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { REGION, temporaryEngine } from "./engine-support.ts";

interface Changes {
  pool?: object;
  client?: object;
}

const start = ({ pool = {}, client = {} }: Changes = {}) =>
  temporaryEngine({
    resource: {
      aws_cognito_user_pool: {
        people: {
          name: "people",
          username_attributes: ["email"],
          username_configuration: { case_sensitive: false },
          auto_verified_attributes: ["email"],
          mfa_configuration: "OPTIONAL",
          password_policy: { minimum_length: 10, require_numbers: true, temporary_password_validity_days: 7 },
          schema: [{ name: "folder", attribute_data_type: "String" }],
          ...pool,
        },
      },
      aws_cognito_user_pool_client: {
        web: {
          name: "web",
          user_pool_id: "${aws_cognito_user_pool.people.id}",
          generate_secret: false,
          allowed_oauth_flows: ["code"],
          allowed_oauth_flows_user_pool_client: true,
          allowed_oauth_scopes: ["openid", "email"],
          callback_urls: ["http://localhost:3000/"],
          ...client,
        },
      },
      aws_cognito_user_pool_domain: {
        domain: { domain: "people", user_pool_id: "${aws_cognito_user_pool.people.id}" },
      },
    },
    output: {
      pool: { value: "${aws_cognito_user_pool.people.id}" },
      arn: { value: "${aws_cognito_user_pool.people.arn}" },
      endpoint: { value: "${aws_cognito_user_pool.people.endpoint}" },
      client: { value: "${aws_cognito_user_pool_client.web.id}" },
      domain: { value: "${aws_cognito_user_pool_domain.domain.domain}" },
    },
  });

describe("a stack's user pool", () => {
  test("has the attributes that others refer to, and issues tokens in its name", async () => {
    const { outputs, testUser } = await start();
    expect(outputs).toEqual({
      pool: `${REGION}_local`,
      arn: `arn:aws:cognito-idp:${REGION}:000000000000:userpool/${REGION}_local`,
      endpoint: `cognito-idp.${REGION}.amazonaws.com/${REGION}_local`,
      client: expect.stringMatching(/^[a-z0-9]{26}$/),
      domain: "people",
    });
    const { idToken } = await testUser();
    expect(decodeJwt(idToken)).toMatchObject({ iss: `https://${outputs.endpoint}`, aud: outputs.client });
  });

  test("gives tokens that live as long as the stack says", async () => {
    const { testUser } = await start({
      client: {
        access_token_validity: 5,
        id_token_validity: 2,
        token_validity_units: [{ access_token: "minutes", id_token: "days" }],
      },
    });
    const { accessToken, idToken } = await testUser();
    const [access, id] = [decodeJwt(accessToken), decodeJwt(idToken)];
    expect((access.exp ?? 0) - (access.iat ?? 0)).toBe(300);
    expect((id.exp ?? 0) - (id.iat ?? 0)).toBe(2 * 86_400);
  });

  test.each<[string, Changes]>([
    ["user names", { pool: { username_attributes: [] } }],
    ["names in two cases", { pool: { username_configuration: { case_sensitive: true } } }],
    ["a second factor for everybody", { pool: { mfa_configuration: "ON" } }],
    ["addresses that nobody verifies", { pool: { auto_verified_attributes: [] } }],
    ["functions that change what it does", { pool: { lambda_config: { pre_token_generation: "arn" } } }],
    ["a client with a secret", { client: { generate_secret: true } }],
  ])("is refused with %s, which are not here", async (_, changes) => {
    await expect(start(changes)).rejects.toThrow(/^aws_cognito_user_pool\S* cannot be applied: /);
  });
});
