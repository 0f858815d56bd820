/**
 * What addresses at the edge are signed with: a key whose private half never leaves KMS, so that neither Terraform's state nor any
 * function has it, and whose public half CloudFront trusts.
 */
import { CloudfrontKeyGroup } from "@cdktf/provider-aws/lib/cloudfront-key-group/index.js";
import { CloudfrontPublicKey } from "@cdktf/provider-aws/lib/cloudfront-public-key/index.js";
import { DataAwsKmsPublicKey } from "@cdktf/provider-aws/lib/data-aws-kms-public-key/index.js";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key/index.js";
import { Construct } from "constructs";
import type { Grantee } from "./encryption-key.ts";
import { policyJson } from "./policy.ts";

export interface SigningKeyOptions {
  namePrefix: string;
  accountId: string;
}

export class SigningKey extends Construct {
  readonly arn: string;
  /** What CloudFront knows the public half by. */
  readonly keyPairId: string;
  /** What behaviours trust. */
  readonly keyGroupId: string;

  constructor(scope: Construct, id: string, { namePrefix, accountId }: SigningKeyOptions) {
    super(scope, id);
    const key = new KmsKey(this, "key", {
      description: `Signs addresses of private files of ${namePrefix}`,
      keyUsage: "SIGN_VERIFY",
      // CloudFront takes RSA of 2048 bits, or ECDSA, whose signatures are never the same twice.
      customerMasterKeySpec: "RSA_2048",
      // What it signed is over in two days, so a new one can take its place at any time.
      deletionWindowInDays: 7,
      policy: policyJson([
        {
          // And so by the policies of its roles.
          Sid: "AdministeredByTheAccount",
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${accountId}:root` },
          Action: "kms:*",
          Resource: "*",
        },
      ]),
    });
    this.arn = key.arn;
    const { publicKeyPem } = new DataAwsKmsPublicKey(this, "public-half", { keyId: key.keyId });
    const publicKey = new CloudfrontPublicKey(this, "public-key", {
      // Another key cannot take its place under its name, nor can it go while a group has it.
      namePrefix: `${namePrefix}-files-`,
      encodedKey: publicKeyPem,
      lifecycle: { createBeforeDestroy: true },
    });
    this.keyPairId = publicKey.id;
    this.keyGroupId = new CloudfrontKeyGroup(this, "group", {
      name: `${namePrefix}-files`,
      items: [publicKey.id],
    }).id;
  }

  grantSign(signer: Grantee): void {
    signer.allow(["kms:Sign"], [this.arn], {
      StringEquals: { "kms:SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256" },
    });
  }
}
