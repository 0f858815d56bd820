/** What conditions and variables of policies may ask about a request. */

/** By lower-case key; what a request does not have is not in it. */
export type Context = Readonly<Record<string, readonly string[]>>;

/** A policy that says something this engine cannot hold a request against. */
export class PolicyError extends Error {
  override name = "PolicyError";
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html */
const SINGLE_VALUED = [
  "aws:PrincipalAccount",
  "aws:PrincipalArn",
  "aws:PrincipalIsAWSService",
  "aws:RequestedRegion",
  "aws:ResourceAccount",
  "aws:SecureTransport",
  "aws:SourceAccount",
  "aws:SourceArn",
  "cloudwatch:namespace",
  "lambda:SourceFunctionArn",
  "s3:delimiter",
  "s3:prefix",
  "s3:VersionId",
  "s3:x-amz-acl",
  "s3:x-amz-server-side-encryption",
  "s3:x-amz-server-side-encryption-aws-kms-key-id",
  // Nobody comes here with a web identity, so no request has it.
  "cognito-identity.amazonaws.com:aud",
];
const MULTI_VALUED = ["cognito-identity.amazonaws.com:amr"];
/** Keys that have a name in them; of those of KMS, most are in requests that are not here. */
const FAMILIES = ["aws:PrincipalTag/", "kms:"];

const single = new Set(SINGLE_VALUED.map(lower));
const multi = new Set(MULTI_VALUED.map(lower));

/** The key as it is in a `Context`. @throws PolicyError when nothing here could ever say what it is. */
export function contextKey(key: string): string {
  const name = lower(key);
  if (single.has(name) || multi.has(name)) return name;
  if (FAMILIES.some((family) => name.startsWith(lower(family)) && name.length > family.length)) return name;
  const known = [...SINGLE_VALUED, ...MULTI_VALUED, ...FAMILIES.map((family) => `${family}…`)].join(", ");
  throw new PolicyError(
    `it asks for ${key}, which this engine does not know of a request. It knows: ${known}`,
  );
}

/** Whether a request can have several values of it, so that a condition must say if all or any are meant. */
export function isMultiValued(key: string): boolean {
  return multi.has(key);
}

function lower(text: string): string {
  return text.toLowerCase();
}
