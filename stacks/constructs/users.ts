/** Who may use the API: a user pool with sign-in pages, and temporary AWS credentials for one's own folder. */
import { CognitoIdentityPool } from "@cdktf/provider-aws/lib/cognito-identity-pool/index.js";
import { CognitoIdentityPoolProviderPrincipalTag } from "@cdktf/provider-aws/lib/cognito-identity-pool-provider-principal-tag/index.js";
import { CognitoIdentityPoolRolesAttachment } from "@cdktf/provider-aws/lib/cognito-identity-pool-roles-attachment/index.js";
import { CognitoUserPool } from "@cdktf/provider-aws/lib/cognito-user-pool/index.js";
import { CognitoUserPoolClient } from "@cdktf/provider-aws/lib/cognito-user-pool-client/index.js";
import { CognitoUserPoolDomain } from "@cdktf/provider-aws/lib/cognito-user-pool-domain/index.js";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import { Construct } from "constructs";
import { policyJson } from "./policy.ts";
import type { PrivateBucket } from "./private-bucket.ts";

export type UsersOptions = {
  namePrefix: string;
  region: string;
  accountId: string;
  /** Pages that the sign-in page may go back to. */
  callbackUrls: string[];
  logoutUrls: string[];
};

export class Users extends Construct {
  readonly poolId: string;
  readonly clientId: string;
  readonly identityPoolId: string;
  /** What tokens name as their issuer. */
  readonly issuer: string;
  /** The sign-in pages. */
  readonly signInUrl: string;
  readonly #pool: CognitoUserPool;
  readonly #namePrefix: string;

  constructor(scope: Construct, id: string, options: UsersOptions) {
    super(scope, id);
    const { namePrefix, region, accountId } = options;
    this.#namePrefix = namePrefix;
    this.#pool = new CognitoUserPool(this, "pool", {
      name: `${namePrefix}-users`,
      usernameAttributes: ["email"],
      usernameConfiguration: { caseSensitive: false },
      autoVerifiedAttributes: ["email"],
      passwordPolicy: {
        minimumLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireNumbers: true,
        requireSymbols: false,
        temporaryPasswordValidityDays: 7,
      },
      mfaConfiguration: "OPTIONAL",
      softwareTokenMfaConfiguration: { enabled: true },
      accountRecoverySetting: { recoveryMechanism: [{ name: "verified_email", priority: 1 }] },
      adminCreateUserConfig: { allowAdminCreateUserOnly: false },
    });
    const client = new CognitoUserPoolClient(this, "client", {
      name: `${namePrefix}-web`,
      userPoolId: this.#pool.id,
      // A page cannot keep a secret: PKCE takes its place.
      generateSecret: false,
      allowedOauthFlowsUserPoolClient: true,
      allowedOauthFlows: ["code"],
      allowedOauthScopes: ["openid", "email", "profile"],
      callbackUrls: options.callbackUrls,
      logoutUrls: options.logoutUrls,
      supportedIdentityProviders: ["COGNITO"],
      explicitAuthFlows: ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
      preventUserExistenceErrors: "ENABLED",
      enableTokenRevocation: true,
      accessTokenValidity: 60,
      idTokenValidity: 60,
      refreshTokenValidity: 30,
      tokenValidityUnits: [{ accessToken: "minutes", idToken: "minutes", refreshToken: "days" }],
    });
    const domain = new CognitoUserPoolDomain(this, "domain", {
      // The account makes it unique in the region.
      domain: `${namePrefix}-${accountId}`,
      userPoolId: this.#pool.id,
    });
    this.poolId = this.#pool.id;
    this.clientId = client.id;
    this.issuer = `https://${this.#pool.endpoint}`;
    this.signInUrl = `https://${domain.domain}.auth.${region}.amazoncognito.com`;
    this.identityPoolId = this.identityPool().id;
  }

  /** Lets every user put and get objects in `users/<user id>/` of a bucket, and nowhere else. */
  allowOwnFolder(bucket: PrivateBucket): void {
    const role = new IamRole(this, "role", {
      name: `${this.#namePrefix}-user-role`,
      description: "What a signed-in user may do with AWS credentials of their own",
      assumeRolePolicy: policyJson([
        {
          Effect: "Allow",
          Principal: { Federated: "cognito-identity.amazonaws.com" },
          Action: ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
          Condition: {
            StringEquals: { "cognito-identity.amazonaws.com:aud": this.identityPoolId },
            "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": "authenticated" },
          },
        },
      ]),
    });
    new IamRolePolicy(this, "policy", {
      name: "own-folder",
      role: role.name,
      policy: policyJson([
        {
          Effect: "Allow",
          Action: ["s3:PutObject", "s3:GetObject"],
          // `$${` keeps Terraform from reading the policy variable as one of its own.
          Resource: `${bucket.arn}/users/$\${aws:PrincipalTag/userId}/*`,
        },
      ]),
    });
    new CognitoIdentityPoolRolesAttachment(this, "roles", {
      identityPoolId: this.identityPoolId,
      roles: { authenticated: role.arn },
    });
  }

  private identityPool(): CognitoIdentityPool {
    const identityPool = new CognitoIdentityPool(this, "identity-pool", {
      identityPoolName: `${this.#namePrefix}-users`,
      allowUnauthenticatedIdentities: false,
      cognitoIdentityProviders: [
        { clientId: this.clientId, providerName: this.#pool.endpoint, serverSideTokenCheck: true },
      ],
    });
    // The user's id in the API is the tag that the role's policy asks for: folder and API name the same user.
    // https://docs.aws.amazon.com/cognito/latest/developerguide/attributes-for-access-control.html
    new CognitoIdentityPoolProviderPrincipalTag(this, "principal-tags", {
      identityPoolId: identityPool.id,
      identityProviderName: this.#pool.endpoint,
      useDefaults: false,
      principalTags: { userId: "sub" },
    });
    return identityPool;
  }
}
