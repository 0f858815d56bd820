/** A bucket of ours: private, encrypted, HTTPS only, with what it holds expiring as told. */
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket/index.js";
import { S3BucketCorsConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-cors-configuration/index.js";
import {
  S3BucketLifecycleConfiguration,
  type S3BucketLifecycleConfigurationRule,
} from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration/index.js";
import { S3BucketOwnershipControls } from "@cdktf/provider-aws/lib/s3-bucket-ownership-controls/index.js";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy/index.js";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block/index.js";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration/index.js";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning/index.js";
import { Construct } from "constructs";
import type { NodeFunction } from "./node-function.ts";
import { denyInsecureTransport, policyJson } from "./policy.ts";

export type PrivateBucketOptions = {
  /** What the bucket's name starts with, at most 37 characters; Terraform adds what makes it unique. */
  namePrefix: string;
  forceDestroy: boolean;
  /** Keeps what is overwritten or deleted for so many days. Without it the bucket is not versioned. */
  oldVersionDays?: number;
  /** Deletes objects after so many days. */
  expiresAfterDays?: number;
  /** Origins of web pages that may upload to the bucket. */
  uploadOrigins?: string[];
};

export class PrivateBucket extends Construct {
  readonly name: string;
  readonly arn: string;

  constructor(scope: Construct, id: string, options: PrivateBucketOptions) {
    super(scope, id);
    const bucket = new S3Bucket(this, "bucket", {
      bucketPrefix: options.namePrefix,
      forceDestroy: options.forceDestroy,
    });
    this.name = bucket.bucket;
    this.arn = bucket.arn;
    this.closeToThePublic();
    new S3BucketServerSideEncryptionConfigurationA(this, "encryption", {
      bucket: this.name,
      rule: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
    });
    this.keepAndExpire(options);
    if (options.uploadOrigins) this.allowUploadsFrom(options.uploadOrigins);
  }

  /** Lets a function read objects, in any version. ListBucket makes a missing key a 404 rather than a 403. */
  grantRead(reader: NodeFunction): void {
    reader.allow(["s3:GetObject", "s3:GetObjectVersion"], [`${this.arn}/*`]);
    reader.allow(["s3:ListBucket"], [this.arn]);
  }

  grantWrite(writer: NodeFunction): void {
    writer.allow(["s3:PutObject"], [`${this.arn}/*`]);
  }

  /** Lets a function do single things with the objects under a prefix. */
  grant(
    user: NodeFunction,
    prefix: string,
    ...actions: ("GetObject" | "PutObject" | "DeleteObject")[]
  ): void {
    user.allow(
      actions.map((action) => `s3:${action}`),
      [`${this.arn}/${prefix}*`],
    );
  }

  grantList(lister: NodeFunction): void {
    lister.allow(["s3:ListBucket"], [this.arn]);
  }

  private closeToThePublic(): void {
    const block = new S3BucketPublicAccessBlock(this, "public-access-block", {
      bucket: this.name,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    const ownership = new S3BucketOwnershipControls(this, "ownership", {
      bucket: this.name,
      rule: { objectOwnership: "BucketOwnerEnforced" },
      // S3 refuses two changes to one bucket's access at a time (OperationAborted).
      dependsOn: [block],
    });
    new S3BucketPolicy(this, "policy", {
      bucket: this.name,
      policy: policyJson([denyInsecureTransport("s3:*", [this.arn, `${this.arn}/*`])]),
      dependsOn: [ownership],
    });
  }

  private keepAndExpire({ oldVersionDays, expiresAfterDays }: PrivateBucketOptions): void {
    const versioning =
      oldVersionDays === undefined
        ? []
        : [
            new S3BucketVersioningA(this, "versioning", {
              bucket: this.name,
              versioningConfiguration: { status: "Enabled" },
            }),
          ];
    const rules: S3BucketLifecycleConfigurationRule[] = [
      lifecycleRule("abort-incomplete-uploads", {
        abortIncompleteMultipartUpload: [{ daysAfterInitiation: 7 }],
      }),
    ];
    if (expiresAfterDays !== undefined)
      rules.push(lifecycleRule("expire", { expiration: [{ days: expiresAfterDays }] }));
    if (oldVersionDays !== undefined)
      rules.push(
        lifecycleRule("expire-old-versions", {
          noncurrentVersionExpiration: [{ noncurrentDays: oldVersionDays }],
          expiration: [{ expiredObjectDeleteMarker: true }],
        }),
      );
    new S3BucketLifecycleConfiguration(this, "lifecycle", {
      bucket: this.name,
      rule: rules,
      // Rules about old versions need versioning to be on first.
      dependsOn: versioning,
    });
  }

  private allowUploadsFrom(origins: string[]): void {
    new S3BucketCorsConfiguration(this, "cors", {
      bucket: this.name,
      corsRule: [
        {
          allowedMethods: ["GET", "HEAD", "PUT", "POST"],
          allowedOrigins: origins,
          allowedHeaders: ["*"],
          exposeHeaders: ["ETag", "x-amz-version-id"],
          maxAgeSeconds: 3600,
        },
      ],
    });
  }
}

/** Every rule holds for the whole bucket; the provider wants that said. */
function lifecycleRule(
  id: string,
  action: Partial<S3BucketLifecycleConfigurationRule>,
): S3BucketLifecycleConfigurationRule {
  return { id, status: "Enabled", filter: [{ prefix: "" }], ...action };
}
