/** Where outcomes are told: processed, rejected, failed. */
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic/index.js";
import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy/index.js";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription/index.js";
import { Construct } from "constructs";
import { CANARY_OWNER } from "../../functions/shared/keys.ts";
import type { EncryptionKey, Grantee } from "./encryption-key.ts";
import { denyInsecureTransport, policyJson } from "./policy.ts";

export interface OutcomeTopicOptions {
  namePrefix: string;
  email: string | undefined;
  /** People are not told of a canary's images. */
  hasCanary: boolean;
  /** Without it, messages are encrypted with a key of AWS. */
  key: EncryptionKey | undefined;
}

export class OutcomeTopic extends Construct {
  readonly arn: string;
  readonly #key: EncryptionKey | undefined;

  /** @param email is asked by AWS to confirm before anything is sent there. */
  constructor(scope: Construct, id: string, options: OutcomeTopicOptions) {
    super(scope, id);
    this.#key = options.key;
    const topic = new SnsTopic(this, "topic", {
      name: `${options.namePrefix}-outcomes`,
      displayName: "Image pipeline",
      // The policy of AWS's own key, which nobody can change, lets every identity of the account use it by way of SNS; so a role needs
      // no right to it: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-caller-account
      kmsMasterKeyId: options.key?.arn ?? "alias/aws/sns",
    });
    this.arn = topic.arn;
    new SnsTopicPolicy(this, "policy", {
      arn: topic.arn,
      policy: policyJson([denyInsecureTransport("sns:Publish", [topic.arn])]),
    });
    if (options.email !== undefined)
      new SnsTopicSubscription(this, "email", {
        topicArn: topic.arn,
        protocol: "email",
        endpoint: options.email,
        ...(options.hasCanary && {
          filterPolicy: JSON.stringify({ owner: [{ exists: false }, { "anything-but": [CANARY_OWNER] }] }),
        }),
      });
  }

  grantPublish(publisher: Grantee): void {
    publisher.allow(["sns:Publish"], [this.arn]);
    this.#key?.grantUse(publisher);
  }
}
