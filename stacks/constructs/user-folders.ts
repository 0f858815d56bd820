/** AWS credentials for signed-in users, good for their own folder of a bucket and for nothing else. */
import { CognitoIdentityPool } from "@cdktf/provider-aws/lib/cognito-identity-pool/index.js";
import { CognitoIdentityPoolProviderPrincipalTag } from "@cdktf/provider-aws/lib/cognito-identity-pool-provider-principal-tag/index.js";
import { CognitoIdentityPoolRolesAttachment } from "@cdktf/provider-aws/lib/cognito-identity-pool-roles-attachment/index.js";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import { Construct } from "constructs";
import type { EncryptionKey } from "./encryption-key.ts";
import { policyJson, type Statement } from "./policy.ts";
import type { PrivateBucket } from "./private-bucket.ts";
import type { Users } from "./users.ts";

export interface UserFoldersOptions {
  namePrefix: string;
  users: Users;
  bucket: PrivateBucket;
  boundaryArn: string;
  key: EncryptionKey | undefined;
}

export class UserFolders extends Construct {
  readonly identityPoolId: string;

  constructor(scope: Construct, id: string, { namePrefix, users, bucket, ...options }: UserFoldersOptions) {
    super(scope, id);
    const identityPool = new CognitoIdentityPool(this, "identity-pool", {
      identityPoolName: `${namePrefix}-users`,
      allowUnauthenticatedIdentities: false,
      cognitoIdentityProviders: [
        { clientId: users.clientId, providerName: users.providerName, serverSideTokenCheck: true },
      ],
    });
    this.identityPoolId = identityPool.id;
    // The user's id in the API is the tag that the role's policy asks for: folder and API name the same user.
    // https://docs.aws.amazon.com/cognito/latest/developerguide/attributes-for-access-control.html
    new CognitoIdentityPoolProviderPrincipalTag(this, "principal-tags", {
      identityPoolId: identityPool.id,
      identityProviderName: users.providerName,
      useDefaults: false,
      principalTags: { userId: "sub" },
    });
    const role = new IamRole(this, "role", {
      name: `${namePrefix}-user-role`,
      description: "What a signed-in user may do with AWS credentials of their own",
      assumeRolePolicy: policyJson([
        {
          Effect: "Allow",
          Principal: { Federated: "cognito-identity.amazonaws.com" },
          Action: ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
          Condition: {
            StringEquals: { "cognito-identity.amazonaws.com:aud": identityPool.id },
            "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": "authenticated" },
          },
        },
      ]),
      permissionsBoundary: options.boundaryArn,
    });
    const statements: Statement[] = [
      {
        Effect: "Allow",
        Action: ["s3:PutObject", "s3:GetObject"],
        // `$${` keeps Terraform from reading the policy variable as one of its own.
        Resource: `${bucket.arn}/users/$\${aws:PrincipalTag/userId}/*`,
      },
    ];
    options.key?.grantUse({
      allow: (actions, resources, condition) =>
        statements.push({
          Effect: "Allow",
          Action: actions,
          Resource: resources,
          ...(condition && { Condition: condition }),
        }),
    });
    new IamRolePolicy(this, "policy", {
      name: "own-folder",
      role: role.name,
      policy: policyJson(statements),
    });
    new CognitoIdentityPoolRolesAttachment(this, "roles", {
      identityPoolId: identityPool.id,
      roles: { authenticated: role.arn },
    });
  }
}
