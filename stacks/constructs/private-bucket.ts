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
import type { EncryptionKey, Grantee } from "./encryption-key.ts";
import { denyInsecureTransport, denyOtherEncryption, growingPolicyJson, type Statement } from "./policy.ts";

export interface PrivateBucketOptions {
  /** What the bucket's name starts with, at most 37 characters; Terraform adds what makes it unique. */
  namePrefix: string;
  forceDestroy: boolean;
  /** Whoever writes into it may ask for no other encryption than its own. */
  refusesOtherEncryption?: boolean;
  /** Terraform refuses to delete it, and so every deployment that would. */
  preventDestroy?: boolean;
  /** Keeps what is overwritten or deleted for so many days. Without it the bucket is not versioned. */
  oldVersionDays?: number;
  /** Deletes objects after so many days. */
  expiresAfterDays?: number;
  /** Deletes objects that have this tag and were made so many days ago, with the next daily run. */
  expiresOnceTagged?: { tag: { key: string; value: string }; days: number };
  /** Moves objects to cheaper storage after so many days. */
  transitions?: { days: number; storageClass: string }[];
  /** Without it, objects are encrypted with a key of S3. */
  key?: EncryptionKey | undefined;
}

export class PrivateBucket extends Construct {
  readonly name: string;
  readonly arn: string;
  /** Depend on it where AWS checks, when something is created, that it may use the bucket. */
  readonly policy: S3BucketPolicy;
  readonly #statements: Statement[] = [];
  readonly #key: EncryptionKey | undefined;

  constructor(scope: Construct, id: string, options: PrivateBucketOptions) {
    super(scope, id);
    this.#key = options.key;
    const bucket = new S3Bucket(this, "bucket", {
      bucketPrefix: options.namePrefix,
      forceDestroy: options.forceDestroy,
      dependsOn: options.key ? [options.key.resource] : [],
      ...(options.preventDestroy && { lifecycle: { preventDestroy: true } }),
    });
    this.name = bucket.bucket;
    this.arn = bucket.arn;
    this.#statements.push(denyInsecureTransport("s3:*", [this.arn, `${this.arn}/*`]));
    if (options.refusesOtherEncryption)
      this.#statements.push(...denyOtherEncryption(`${this.arn}/*`, options.key?.arn));
    this.policy = this.#closeToThePublic();
    new S3BucketServerSideEncryptionConfigurationA(this, "encryption", {
      bucket: this.name,
      rule: [
        options.key
          ? {
              applyServerSideEncryptionByDefault: {
                sseAlgorithm: "aws:kms",
                kmsMasterKeyId: options.key.arn,
              },
              // One data key for many objects: a hundredth of the price.
              bucketKeyEnabled: true,
            }
          : { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } },
      ],
    });
    this.#keepAndExpire(options);
  }

  /** Where browsers find it. @param region the stack's. */
  origin(region: string): string {
    return `https://${this.name}.s3.${region}.amazonaws.com`;
  }

  /**
   * Lets an AWS service in, when it acts for one resource of ours.
   * @param path of the objects, such as "/*"; the bucket itself when it is empty.
   * @param sourceArn of that resource, with the account in it.
   * @param more what else has to be equal.
   */
  allowService(
    service: string,
    actions: string[],
    path: string,
    sourceArn: string,
    more?: Record<string, string>,
  ): void {
    this.#statements.push({
      Effect: "Allow",
      Principal: { Service: service },
      Action: actions,
      Resource: `${this.arn}${path}`,
      Condition: {
        ArnLike: { "aws:SourceArn": sourceArn },
        ...(more && { StringEquals: more }),
      },
    });
  }

  /** Lets web pages of these origins read; and upload, and end an upload in parts. A bucket has one such list, so this is called once for it. */
  allowPages(origins: string[], { mayUpload }: { mayUpload: boolean }): void {
    if (origins.length === 0) return;
    new S3BucketCorsConfiguration(this, "cors", {
      bucket: this.name,
      corsRule: [
        {
          allowedMethods: ["GET", "HEAD", ...(mayUpload ? ["PUT", "POST", "DELETE"] : [])],
          allowedOrigins: origins,
          allowedHeaders: ["*"],
          exposeHeaders: ["ETag", "x-amz-version-id"],
          maxAgeSeconds: 3600,
        },
      ],
    });
  }

  /** Lets a function read objects as they are now. ListBucket makes a missing key a 404 rather than a 403. */
  grantRead(reader: Grantee): void {
    reader.allow(["s3:GetObject"], [`${this.arn}/*`]);
    this.grantList(reader);
    this.#key?.grantUse(reader);
  }

  /** Lets a function read one version of an object. */
  grantReadVersion(reader: Grantee): void {
    reader.allow(["s3:GetObjectVersion"], [`${this.arn}/*`]);
    this.#key?.grantUse(reader);
  }

  grantWrite(writer: Grantee): void {
    writer.allow(["s3:PutObject"], [`${this.arn}/*`]);
    this.#key?.grantUse(writer);
  }

  /** Lets a function do single things with the objects under a prefix. */
  grant(
    user: Grantee,
    prefix: string,
    ...actions: (
      | "GetObject"
      | "PutObject"
      | "AbortMultipartUpload"
      | "ListMultipartUploadParts"
      | "DeleteObject"
      | "PutObjectTagging"
      | "PutObjectVersionTagging"
      | "DeleteObjectTagging"
    )[]
  ): void {
    user.allow(
      actions.map((action) => `s3:${action}`),
      [`${this.arn}/${prefix}*`],
    );
    const handlesContent = actions.some((action) => action === "GetObject" || action === "PutObject");
    if (handlesContent) this.#key?.grantUse(user);
  }

  grantList(lister: Grantee): void {
    lister.allow(["s3:ListBucket"], [this.arn]);
  }

  grantListVersions(lister: Grantee): void {
    lister.allow(["s3:ListBucketVersions"], [this.arn]);
  }

  #closeToThePublic(): S3BucketPolicy {
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
    return new S3BucketPolicy(this, "policy", {
      bucket: this.name,
      policy: growingPolicyJson(this.#statements),
      dependsOn: [ownership],
    });
  }

  #keepAndExpire(options: PrivateBucketOptions): void {
    const { oldVersionDays, expiresAfterDays, expiresOnceTagged, transitions } = options;
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
    if (transitions !== undefined && transitions.length > 0)
      rules.push(lifecycleRule("move-to-cheaper-storage", { transition: transitions }));
    if (expiresAfterDays !== undefined)
      rules.push(lifecycleRule("expire", { expiration: [{ days: expiresAfterDays }] }));
    if (expiresOnceTagged !== undefined)
      // S3 counts from when the object was made, not from its tagging: more days would keep the new ones longer only.
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
      rules.push(
        lifecycleRule("expire-tagged", {
          expiration: [{ days: expiresOnceTagged.days }],
          filter: [{ tag: [expiresOnceTagged.tag] }],
        }),
      );
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
}

/** A rule holds for the whole bucket, unless told; the provider wants that said. */
function lifecycleRule(
  id: string,
  action: Partial<S3BucketLifecycleConfigurationRule>,
): S3BucketLifecycleConfigurationRule {
  return { id, status: "Enabled", filter: [{ prefix: "" }], ...action };
}
