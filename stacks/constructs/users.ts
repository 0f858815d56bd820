/** Who may use the API: a user pool with sign-in pages. */
import { CognitoUserGroup } from "@cdktf/provider-aws/lib/cognito-user-group/index.js";
import { CognitoUserPool } from "@cdktf/provider-aws/lib/cognito-user-pool/index.js";
import { CognitoUserPoolClient } from "@cdktf/provider-aws/lib/cognito-user-pool-client/index.js";
import { CognitoUserPoolDomain } from "@cdktf/provider-aws/lib/cognito-user-pool-domain/index.js";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission/index.js";
import { Lazy } from "cdktf";
import { Construct } from "constructs";
import { OPERATORS } from "../../functions/api/operators.ts";
import type { NodeFunction } from "./node-function.ts";

export interface UsersOptions {
  namePrefix: string;
  region: string;
  accountId: string;
  /** Pages that the sign-in page may go back to. */
  callbackUrls: string[];
  logoutUrls: string[];
  /** A code of an authenticator app, besides the password. */
  mfa: "off" | "required";
  /** Only who is invited, or whoever likes; `checkSignUp` may refuse them. */
  isInvitedOnly: boolean;
  checkSignUp: NodeFunction | undefined;
  /** An identity of SES, and an address of it. */
  mail: { from: string; identityArn: string } | undefined;
  /** Refuses to be deleted, by a deployment as well. */
  deletionProtection: boolean;
}

export class Users extends Construct {
  readonly poolId: string;
  readonly poolArn: string;
  readonly clientId: string;
  /** What the pool is called among identity providers: its host and path. */
  readonly providerName: string;
  /** What tokens name as their issuer. */
  readonly issuer: string;
  /** The sign-in pages. */
  readonly signInUrl: string;
  readonly #morePages: string[] = [];

  constructor(scope: Construct, id: string, options: UsersOptions) {
    super(scope, id);
    const { namePrefix, region, accountId } = options;
    const pool = new CognitoUserPool(this, "pool", {
      name: `${namePrefix}-users`,
      usernameAttributes: ["email"],
      deletionProtection: options.deletionProtection ? "ACTIVE" : "INACTIVE",
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
      // The sign-in pages have people set it up where it is required, and nowhere else.
      mfaConfiguration: options.mfa === "required" ? "ON" : "OFF",
      ...(options.mfa === "required" && { softwareTokenMfaConfiguration: { enabled: true } }),
      accountRecoverySetting: { recoveryMechanism: [{ name: "verified_email", priority: 1 }] },
      adminCreateUserConfig: { allowAdminCreateUserOnly: options.isInvitedOnly },
      ...(options.checkSignUp && { lambdaConfig: { preSignUp: options.checkSignUp.arn } }),
      ...(options.mail && {
        emailConfiguration: {
          emailSendingAccount: "DEVELOPER",
          fromEmailAddress: options.mail.from,
          sourceArn: options.mail.identityArn,
        },
      }),
      ...(options.deletionProtection && { lifecycle: { preventDestroy: true } }),
    });
    if (options.checkSignUp)
      new LambdaPermission(this, "check-sign-up", {
        functionName: options.checkSignUp.name,
        action: "lambda:InvokeFunction",
        principal: "cognito-idp.amazonaws.com",
        sourceArn: pool.arn,
        sourceAccount: accountId,
      });
    new CognitoUserGroup(this, "operators", {
      name: OPERATORS,
      userPoolId: pool.id,
      description: "May see the pipeline, with what everybody sends, and process it again",
    });
    const client = new CognitoUserPoolClient(this, "client", {
      name: `${namePrefix}-web`,
      userPoolId: pool.id,
      // A page cannot keep a secret: PKCE takes its place.
      generateSecret: false,
      allowedOauthFlowsUserPoolClient: true,
      allowedOauthFlows: ["code"],
      allowedOauthScopes: ["openid", "email", "profile"],
      callbackUrls: this.#pages(options.callbackUrls),
      logoutUrls: this.#pages(options.logoutUrls),
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
      userPoolId: pool.id,
    });
    this.poolId = pool.id;
    this.poolArn = pool.arn;
    this.clientId = client.id;
    this.providerName = pool.endpoint;
    this.issuer = `https://${pool.endpoint}`;
    this.signInUrl = `https://${domain.domain}.auth.${region}.amazoncognito.com`;
  }

  /** Lets the sign-in page go back to one more page, whose address may be known only when it is deployed. */
  signInFrom(page: string): void {
    this.#morePages.push(page);
  }

  #pages(known: string[]): string[] {
    return Lazy.listValue({ produce: () => [...known, ...this.#morePages] });
  }
}
