/** Who read and wrote objects and records, in CloudTrail: data events, which it does not record by itself. */
import { Cloudtrail } from "@cdktf/provider-aws/lib/cloudtrail/index.js";
import { Construct } from "constructs";
import { PrivateBucket } from "./private-bucket.ts";

export interface AuditTrailOptions {
  namePrefix: string;
  region: string;
  accountId: string;
  keepDays: number;
  /** Whether Terraform refuses to delete what it recorded; else that goes with the bucket, files and all. */
  isKept: boolean;
  bucketArns: string[];
  tableArn: string;
}

export class AuditTrail extends Construct {
  readonly bucket: PrivateBucket;

  constructor(scope: Construct, id: string, options: AuditTrailOptions) {
    super(scope, id);
    const { namePrefix, region, accountId } = options;
    const name = `${namePrefix}-audit`;
    const bucket = new PrivateBucket(this, "audit", {
      namePrefix: `${namePrefix}-audit-`,
      forceDestroy: !options.isKept,
      preventDestroy: options.isKept,
      // What an intruder deletes can be found again.
      oldVersionDays: options.keepDays,
      expiresAfterDays: options.keepDays,
    });
    this.bucket = bucket;
    const trail = `arn:aws:cloudtrail:${region}:${accountId}:trail/${name}`;
    // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
    bucket.allowService("cloudtrail.amazonaws.com", ["s3:GetBucketAcl"], "", trail);
    bucket.allowService("cloudtrail.amazonaws.com", ["s3:PutObject"], `/AWSLogs/${accountId}/*`, trail, {
      "s3:x-amz-acl": "bucket-owner-full-control",
    });
    new Cloudtrail(this, "trail", {
      name,
      s3BucketName: bucket.name,
      isMultiRegionTrail: false,
      includeGlobalServiceEvents: false,
      enableLogFileValidation: true,
      advancedEventSelector: [
        selector("Objects", "AWS::S3::Object", {
          startsWith: options.bucketArns.map((arn) => `${arn}/`),
        }),
        selector("Records", "AWS::DynamoDB::Table", { equalTo: [options.tableArn] }),
      ],
      // CloudTrail refuses a bucket that it may not write to.
      dependsOn: [bucket.policy],
    });
  }
}

function selector(
  name: string,
  resourceType: string,
  arns: { startsWith: string[] } | { equalTo: string[] },
) {
  return {
    name,
    fieldSelector: [
      { field: "eventCategory", equalTo: ["Data"] },
      { field: "resources.type", equalTo: [resourceType] },
      { field: "resources.ARN", ...arns },
    ],
  };
}
