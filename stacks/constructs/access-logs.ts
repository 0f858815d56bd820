/** What was asked of the buckets and of the web app, by whom and when, in a bucket of its own. */
import { CloudwatchLogDelivery } from "@cdktf/provider-aws/lib/cloudwatch-log-delivery/index.js";
import { CloudwatchLogDeliveryDestination } from "@cdktf/provider-aws/lib/cloudwatch-log-delivery-destination/index.js";
import { CloudwatchLogDeliverySource } from "@cdktf/provider-aws/lib/cloudwatch-log-delivery-source/index.js";
import { S3BucketLoggingA } from "@cdktf/provider-aws/lib/s3-bucket-logging/index.js";
import { Construct } from "constructs";
import { PrivateBucket } from "./private-bucket.ts";

export interface AccessLogsOptions {
  namePrefix: string;
  accountId: string;
  keepDays: number;
  forceDestroy: boolean;
}

/** CloudFront is configured there, wherever the stack is. */
const CLOUDFRONT_REGION = "us-east-1";

export class AccessLogs extends Construct {
  readonly bucket: PrivateBucket;
  readonly #options: AccessLogsOptions;

  constructor(scope: Construct, id: string, options: AccessLogsOptions) {
    super(scope, id);
    this.#options = options;
    this.bucket = new PrivateBucket(this, "logs", {
      namePrefix: `${options.namePrefix}-logs-`,
      forceDestroy: options.forceDestroy,
      expiresAfterDays: options.keepDays,
    });
  }

  /** https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html */
  ofBucket(bucket: PrivateBucket): void {
    const folder = `s3/${bucket.node.id}/`;
    this.bucket.allowService("logging.s3.amazonaws.com", ["s3:PutObject"], `/${folder}*`, bucket.arn, {
      "aws:SourceAccount": this.#options.accountId,
    });
    new S3BucketLoggingA(bucket, "logging", {
      bucket: bucket.name,
      targetBucket: this.bucket.name,
      targetPrefix: folder,
      targetObjectKeyFormat: { partitionedPrefix: { partitionDateSource: "EventTime" } },
      dependsOn: [this.bucket.policy],
    });
  }

  /** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html */
  ofDistribution(distributionArn: string): void {
    const { namePrefix, accountId } = this.#options;
    const name = `${namePrefix}-site`;
    // As AWS would write it into the policy itself, and Terraform out of it again:
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-S3.html
    const sourceArn = `arn:aws:logs:${CLOUDFRONT_REGION}:${accountId}:delivery-source:${name}`;
    const ofThisAccount = { "aws:SourceAccount": accountId };
    const delivery = "delivery.logs.amazonaws.com";
    this.bucket.allowService(delivery, ["s3:GetBucketAcl", "s3:ListBucket"], "", sourceArn, ofThisAccount);
    this.bucket.allowService(delivery, ["s3:PutObject"], `/AWSLogs/${accountId}/*`, sourceArn, {
      ...ofThisAccount,
      "s3:x-amz-acl": "bucket-owner-full-control",
    });
    const source = new CloudwatchLogDeliverySource(this, "site-source", {
      region: CLOUDFRONT_REGION,
      name,
      logType: "ACCESS_LOGS",
      resourceArn: distributionArn,
    });
    const destination = new CloudwatchLogDeliveryDestination(this, "site-destination", {
      region: CLOUDFRONT_REGION,
      name,
      outputFormat: "json",
      deliveryDestinationConfiguration: [{ destinationResourceArn: this.bucket.arn }],
    });
    new CloudwatchLogDelivery(this, "site-delivery", {
      region: CLOUDFRONT_REGION,
      deliverySourceName: source.name,
      deliveryDestinationArn: destination.arn,
      // CloudWatch refuses a bucket that it may not write to.
      dependsOn: [this.bucket.policy],
    });
  }
}
