/** A customer managed key for everything that holds images or tells of them, turned over every year. */
import { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias/index.js";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key/index.js";
import { Construct } from "constructs";
import { policyJson, type Statement } from "./policy.ts";

export interface EncryptionKeyOptions {
  namePrefix: string;
  region: string;
  accountId: string;
  /** Refuses to be deleted, by anybody who does not change that first. */
  deletionProtection: boolean;
  /** Whether a distribution of the account reads what it encrypted. */
  isReadAtEdge: boolean;
}

/** Whoever can be allowed something: a function, a role. */
export interface Grantee {
  allow(actions: string[], resources: string[], condition?: Statement["Condition"]): void;
}

/** What reading and writing through a service takes, each data key included. */
export const KEY_USES = [
  "kms:Decrypt",
  "kms:Encrypt",
  "kms:GenerateDataKey*",
  "kms:ReEncrypt*",
  "kms:DescribeKey",
];

export class EncryptionKey extends Construct {
  readonly arn: string;
  /** Whatever holds what the key encrypted depends on it: a bucket that cannot be deleted then keeps its key. */
  readonly resource: KmsKey;
  readonly #services: string[];
  readonly #users = new Set<Grantee>();

  constructor(scope: Construct, id: string, options: EncryptionKeyOptions) {
    super(scope, id);
    const key = new KmsKey(this, "key", {
      description: `Images and records of ${options.namePrefix}`,
      enableKeyRotation: true,
      // The longest there is: without the key, nothing that it encrypted can be read again.
      deletionWindowInDays: 30,
      policy: policyJson(keyPolicy(options)),
      ...(options.deletionProtection && { lifecycle: { preventDestroy: true } }),
    });
    new KmsAlias(this, "alias", { name: `alias/${options.namePrefix}`, targetKeyId: key.keyId });
    this.resource = key;
    this.arn = key.arn;
    this.#services = ["s3", "dynamodb", "sqs", "sns"].map(
      (service) => `${service}.${options.region}.amazonaws.com`,
    );
  }

  /** Lets somebody use the key through the services that hold what it encrypts, and in no other way. */
  grantUse(user: Grantee): void {
    if (this.#users.has(user)) return;
    this.#users.add(user);
    user.allow(KEY_USES, [this.arn], { StringEquals: { "kms:ViaService": this.#services } });
  }
}

/** A key's policy names no resource: it is of this key. */
function keyPolicy(options: EncryptionKeyOptions): Statement[] {
  const { namePrefix, region, accountId } = options;
  const deletion: Statement = {
    Sid: "NotToBeDeleted",
    Effect: "Deny",
    Principal: "*",
    Action: "kms:ScheduleKeyDeletion",
    Resource: "*",
  };
  return [
    ...(options.deletionProtection ? [deletion] : []),
    {
      // And so by the policies of its roles.
      Sid: "AdministeredByTheAccount",
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${accountId}:root` },
      Action: "kms:*",
      Resource: "*",
    },
    {
      // Upload events into the queue, alarms and what a month has cost into their topics.
      Sid: "ServicesThatSend",
      Effect: "Allow",
      Principal: { Service: ["s3.amazonaws.com", "cloudwatch.amazonaws.com", "budgets.amazonaws.com"] },
      Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
      Resource: "*",
      Condition: { StringEquals: { "aws:SourceAccount": accountId } },
    },
    ...(options.isReadAtEdge ? [readAtEdge(accountId)] : []),
    {
      // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
      Sid: "Logs",
      Effect: "Allow",
      Principal: { Service: `logs.${region}.amazonaws.com` },
      Action: KEY_USES,
      Resource: "*",
      Condition: {
        ArnLike: {
          "kms:EncryptionContext:aws:logs:arn": ["/aws/lambda", "/aws/vendedlogs/*"].map(
            (folder) => `arn:aws:logs:${region}:${accountId}:log-group:${folder}/${namePrefix}-*`,
          ),
        },
      },
    },
  ];
}

/**
 * Any distribution of the account, since this one's ARN is not known before the bucket, nor the bucket before its key. Which objects it
 * reads, the bucket's policy says, and that names the one.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
 */
function readAtEdge(accountId: string): Statement {
  return {
    Sid: "PublishedFilesAtTheEdge",
    Effect: "Allow",
    Principal: { Service: "cloudfront.amazonaws.com" },
    Action: "kms:Decrypt",
    Resource: "*",
    Condition: { ArnLike: { "aws:SourceArn": `arn:aws:cloudfront::${accountId}:distribution/*` } },
  };
}
