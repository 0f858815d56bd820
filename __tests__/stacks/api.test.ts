import { describe, expect, it } from "vitest";
import { routes } from "../../functions/api/contract.ts";
import { resourcesOf, rightsOf } from "../fixtures/resources.ts";
import { otherwise, production } from "../fixtures/settings.ts";
import { synthesize } from "../fixtures/stack.ts";

const stack = synthesize();
const { all, values, only } = resourcesOf(stack);

describe("the API", () => {
  it("has every route of the contract, behind the authorizer but for what is public", () => {
    const byKey = new Map(values("aws_apigatewayv2_route").map((route) => [String(route.route_key), route]));
    expect([...byKey.keys()].sort()).toEqual(Object.keys(routes).sort());
    for (const [key, { authorization_type, authorizer_id }] of byKey) {
      const isPublic = ["GET /openapi.json", "GET /p/{imageId}/{name}", "GET /l/{token}"].includes(key);
      expect([key, authorization_type]).toEqual([key, isPublic ? "NONE" : "JWT"]);
      if (!isPublic) expect(authorizer_id).toMatch(/authorizer/);
    }
  });

  it("takes tokens of its own user pool, for its own client, and of nobody else", () => {
    expect(only("aws_apigatewayv2_authorizer")).toMatchObject({
      authorizer_type: "JWT",
      identity_sources: ["$request.header.Authorization"],
      jwt_configuration: {
        audience: [expect.stringMatching(/^\$\{aws_cognito_user_pool_client\..*\.id\}$/)],
        issuer: expect.stringMatching(/^https:\/\/\$\{aws_cognito_user_pool\..*\.endpoint\}$/),
      },
    });
  });

  it("logs, throttles, and answers browsers of the configured origins", () => {
    const { access_log_settings, default_route_settings, name } = only("aws_apigatewayv2_stage");
    expect(name).toBe("$default");
    const format = JSON.parse(String((access_log_settings as { format: string }).format));
    expect(format).toMatchObject({ status: "$context.status", requestId: "$context.requestId" });
    // A path may have a link in it, which opens what it leads to.
    expect(JSON.stringify(format)).not.toMatch(/path|protocol|domain/i);
    expect(default_route_settings).toEqual({ throttling_rate_limit: 1000, throttling_burst_limit: 2000 });
    expect(only("aws_apigatewayv2_api").cors_configuration).toMatchObject({
      allow_origins: ["http://localhost:5173"],
    });
  });

  it("may invoke its functions, and only this API may", () => {
    const permissions = all("aws_lambda_permission").flatMap(([name, permission]) =>
      name.startsWith("api_") ? [permission] : [],
    );
    expect(permissions).toHaveLength(4);
    for (const permission of permissions)
      expect(permission).toMatchObject({
        principal: "apigateway.amazonaws.com",
        source_arn: expect.stringMatching(/^\$\{aws_apigatewayv2_api\..*\.execution_arn\}\/\*\/\*$/),
      });
  });
});

describe("rights of the API's functions are those of their routes:", () => {
  const executions =
    "arn:aws:states:us-east-1:${data.aws_caller_identity.account.account_id}:execution:image-pipeline-dev-workflow:*";
  it.each([
    [
      "api-upload",
      [
        "dynamodb:GetItem usage_table",
        "dynamodb:PutItem metadata_table",
        "dynamodb:Scan presets_table",
        "dynamodb:UpdateItem usage_table",
        "s3:AbortMultipartUpload original_bucket/users/*",
        "s3:ListMultipartUploadParts original_bucket/users/*",
        "s3:PutObject original_bucket/users/*",
      ],
    ],
    [
      "api-view",
      [
        "dynamodb:BatchGetItem metadata_table",
        "dynamodb:GetItem links_table",
        "dynamodb:GetItem metadata_table",
        "dynamodb:GetItem usage_table",
        "dynamodb:Query changes_table",
        "dynamodb:Query links_table",
        "dynamodb:Query metadata_table/index/byOwner",
        "dynamodb:Query metadata_table/index/byOwnerCaption",
        "dynamodb:Query metadata_table/index/byOwnerName",
        "dynamodb:Query metadata_table/index/byOwnerStatus",
        "dynamodb:Query metadata_table/index/byOwnerTagged",
        "dynamodb:UpdateItem links_table",
        "dynamodb:UpdateItem metadata_table",
        "kms:Sign signing_key",
        "s3:GetObject original_bucket/users/*",
        "s3:GetObject processed_bucket/*",
        `states:GetExecutionHistory ${executions}`,
      ],
    ],
    [
      "api-manage",
      [
        "dynamodb:DeleteItem links_table",
        "dynamodb:DeleteItem metadata_table",
        "dynamodb:GetItem metadata_table",
        "dynamodb:PutItem changes_table",
        "dynamodb:PutItem links_table",
        "dynamodb:Query links_table",
        "dynamodb:Scan presets_table",
        "dynamodb:UpdateItem metadata_table",
        "dynamodb:UpdateItem usage_table",
        "events:PutEvents arn:aws:events:us-east-1:${data.aws_caller_identity.account.account_id}:event-bus/default",
        "s3:DeleteObject original_bucket/users/*",
        "s3:DeleteObject processed_bucket/public/*",
        "s3:DeleteObjectTagging original_bucket/users/*",
        "s3:GetObject original_bucket/users/*",
        "s3:GetObject processed_bucket/*",
        "s3:ListBucket original_bucket",
        "s3:ListBucket processed_bucket",
        "s3:PutObject processed_bucket/public/*",
        `states:DescribeExecution ${executions}`,
        "states:StartExecution workflow_state-machine",
        "sts:AssumeRole decoder_role",
      ],
    ],
    [
      "api-operate",
      [
        "dynamodb:BatchGetItem metadata_table",
        "dynamodb:GetItem metadata_table",
        "dynamodb:Query changes_table",
        "dynamodb:Query metadata_table/index/byAttention",
        "dynamodb:Scan presets_table",
        "dynamodb:UpdateItem metadata_table",
        "s3:DeleteObjectTagging original_bucket/*",
        "s3:GetObject original_bucket/*",
        "s3:ListBucket original_bucket",
        `states:DescribeExecution ${executions}`,
        "states:DescribeStateMachine workflow_state-machine",
        `states:GetExecutionHistory ${executions}`,
        "states:StartExecution workflow_state-machine",
        "sts:AssumeRole decoder_role",
      ],
    ],
  ])("%s", (name, rights) => {
    expect(rightsOf(stack, name)).toEqual(rights);
  });
});

describe("users", () => {
  it("sign in with their e-mail address, verified, and a password that is worth the name", () => {
    expect(only("aws_cognito_user_pool")).toMatchObject({
      username_attributes: ["email"],
      auto_verified_attributes: ["email"],
      password_policy: expect.objectContaining({ minimum_length: 12 }),
      mfa_configuration: "OFF",
    });
  });

  it("come back from the sign-in pages with a code, to known pages only, and no secret", () => {
    expect(only("aws_cognito_user_pool_client")).toMatchObject({
      generate_secret: false,
      allowed_oauth_flows: ["code"],
      callback_urls: [
        "http://localhost:5173/",
        expect.stringMatching(/^https:\/\/\$\{aws_cloudfront_distribution\..*\.domain_name\}\/$/),
      ],
      prevent_user_existence_errors: "ENABLED",
    });
  });

  const asks = { pre_sign_up: expect.stringMatching(/^\$\{aws_lambda_function\.check-sign-up_/) };
  it.each([
    ["anybody", {}, undefined, false],
    ["of some domains", otherwise, asks, false],
    ["anybody, up to a budget", { IMAGE_PIPELINE_BUDGET: '{"monthlyDollars": 200}' }, asks, false],
    ["who is invited", production, undefined, true],
  ])(
    "sign up as a function of ours allows, where there is something to ask: %s",
    (_, settings, lambda_config, isInvitedOnly) => {
      const pool = resourcesOf(synthesize(settings)).only("aws_cognito_user_pool");
      expect(pool.lambda_config).toEqual(lambda_config);
      expect(pool.admin_create_user_config).toEqual({ allow_admin_create_user_only: isInvitedOnly });
    },
  );

  it("are no operators until somebody puts them into that group", () => {
    expect(values("aws_cognito_user_group").map(({ name }) => name)).toEqual(["operators"]);
    expect(values("aws_cognito_user_in_group")).toEqual([]);
  });

  it("have tokens for an hour, and a refresh token that can be revoked", () => {
    expect(only("aws_cognito_user_pool_client")).toMatchObject({
      access_token_validity: 60,
      id_token_validity: 60,
      token_validity_units: [{ access_token: "minutes", id_token: "minutes" }],
      enable_token_revocation: true,
    });
  });

  it("need a code besides their password where that is required", () => {
    const strict = synthesize(otherwise);
    expect(resourcesOf(strict).only("aws_cognito_user_pool")).toMatchObject({
      mfa_configuration: "ON",
      software_token_mfa_configuration: { enabled: true },
    });
  });

  it("have no AWS credentials, unless the setting gives them a folder of their own in the original bucket, under the id that the API knows them by", () => {
    expect(values("aws_cognito_identity_pool")).toEqual([]);
    const withFolders = synthesize(otherwise);
    const { only } = resourcesOf(withFolders);
    expect(only("aws_cognito_identity_pool")).toMatchObject({ allow_unauthenticated_identities: false });
    expect(only("aws_cognito_identity_pool_provider_principal_tag").principal_tags).toEqual({
      userId: "sub",
    });
    // Terraform reads `$${` as a plain `${`, which IAM then reads as its own variable.
    expect(rightsOf(withFolders, "user-folders")).toEqual([
      "s3:GetObject original_bucket/users/$${aws:PrincipalTag/userId}/*",
      "s3:PutObject original_bucket/users/$${aws:PrincipalTag/userId}/*",
    ]);
  });
});
