/**
 * What an execution may do with its image: read this version of its original, and stage its pixels. The steps that decode what strangers
 * sent have no rights to objects of their own; they act with these.
 */
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { environmentVariable } from "./settings.ts";
import type { Access, Image } from "./state.ts";

const roleArn = environmentVariable("DECODER_ROLE_ARN");
const sts = new STSClient();

/** The longest that AWS gives whoever has a role already: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const SECONDS = 3600;

/** @param executionName under which its pixels are staged. */
export async function accessTo(image: Image, executionName: string): Promise<Access> {
  const { Credentials: given } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: image.imageId,
      Policy: JSON.stringify(policyFor(image, executionName)),
      DurationSeconds: SECONDS,
    }),
  );
  const {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
  } = given ?? {};
  if (accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined)
    throw new Error("STS answered without credentials.");
  return { accessKeyId, secretAccessKey, sessionToken };
}

/** Of what the role may do, which says of which buckets and which key of encryption. */
function policyFor({ imageId, bucket, key, versionId }: Image, executionName: string) {
  const allow = (actions: string[], resource: string, condition?: object) => ({
    Effect: "Allow",
    Action: actions,
    Resource: resource,
    ...(condition && { Condition: condition }),
  });
  const original = `arn:aws:s3:::${bucket}/${patternOf(key)}`;
  return {
    Version: "2012-10-17",
    Statement: [
      // The stack's bucket has versions.
      allow(["s3:GetObjectVersion"], original, { StringEquals: { "s3:VersionId": versionId ?? "null" } }),
      allow(["s3:PutObject"], `arn:aws:s3:::*/${imageId}/${executionName}/*`),
      allow(["kms:Decrypt", "kms:GenerateDataKey"], "*"),
    ],
  };
}

/** A policy takes 2,048 characters in all, and when AWS has packed it, less than it says beforehand: which version it is keeps others out. */
const LONGEST_PATTERN = 200;

/**
 * Policies have characters of their own (`*`, `?`, `${`), and AWS takes none of them outside of Latin-1: each of those is any, and so is
 * what is too long. Which version it is, is said besides.
 */
function patternOf(key: string): string {
  const pattern = key.replaceAll(/[^A-Za-z0-9/!_.'() =+@:,;-]+/g, "*");
  return pattern.length <= LONGEST_PATTERN ? pattern : `${pattern.slice(0, LONGEST_PATTERN)}*`;
}
