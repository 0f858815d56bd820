/**
 * Addresses of published files at the edge. One signature is for the whole folder of a user and ends with a day, so that an address
 * stays the same from midnight to midnight (UTC), and browsers and the edge keep what it leads to.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-custom-policy.html
 */
import type { KMSClient } from "@aws-sdk/client-kms";
import { isPrivateFile, privateFolder } from "../shared/keys.ts";

const DAY_SECONDS = 24 * 60 * 60;

/** Users whose signatures are remembered, at some 700 bytes each. */
const MOST_REMEMBERED = 1000;

interface Edge {
  /** Of the distribution, without a slash at its end. */
  url: string;
  /** The KMS key that signs, by its ARN. */
  signingKey: string;
  /** What CloudFront knows its public half by. */
  keyPairId: string;
}

/** When an address that is made now stops working: in more than one day, and at most two. */
export function fileLinkExpiry(now = Date.now()): Date {
  return new Date((Math.floor(now / 1000 / DAY_SECONDS) + 2) * DAY_SECONDS * 1000);
}

/**
 * @param owner who may see it.
 * @returns undefined for what the edge does not serve: a stack without a web app, or a file of before there was this.
 */
export async function fileLink(owner: string, key: string): Promise<string | undefined> {
  const edge = edgeOfEnvironment();
  if (edge === undefined || !isPrivateFile(key)) return undefined;
  return `${edge.url}/${key}?${await signatureFor(owner, edge)}`;
}

/** For one day: what was signed the day before is not used any more. */
const remembered = { until: 0, byOwner: new Map<string, Promise<string>>() };

function signatureFor(owner: string, edge: Edge): Promise<string> {
  const until = fileLinkExpiry().getTime();
  const { byOwner } = remembered;
  if (remembered.until !== until || byOwner.size >= MOST_REMEMBERED) byOwner.clear();
  remembered.until = until;
  const known = byOwner.get(owner);
  if (known) return known;
  const signed = sign(`${edge.url}/${privateFolder(owner)}*`, until / 1000, edge);
  byOwner.set(owner, signed);
  signed.catch(() => byOwner.delete(owner));
  return signed;
}

async function sign(resource: string, until: number, { signingKey, keyPairId }: Edge): Promise<string> {
  const Condition = { DateLessThan: { "AWS:EpochTime": until } };
  const policy = Buffer.from(JSON.stringify({ Statement: [{ Resource: resource, Condition }] }));
  // Loaded when it is needed: most answers have no files, or were signed for before.
  const { KMSClient, SignCommand } = await import("@aws-sdk/client-kms");
  kms ??= new KMSClient();
  const { Signature } = await kms.send(
    new SignCommand({
      KeyId: signingKey,
      Message: policy,
      MessageType: "RAW",
      // The same each time for the same policy, unlike that of an elliptic curve: so all functions make one address.
      SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256",
    }),
  );
  if (Signature === undefined) throw new Error("KMS answered without a signature.");
  return [
    `Policy=${inUrl(policy)}`,
    `Signature=${inUrl(Buffer.from(Signature))}`,
    `Key-Pair-Id=${keyPairId}`,
    "Hash-Algorithm=SHA256",
  ].join("&");
}

let kms: KMSClient | undefined;

/** Base64, with what means something in a URL replaced as CloudFront has it. */
function inUrl(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("+", "-").replaceAll("=", "_").replaceAll("/", "~");
}

/** @returns undefined where the stack has no distribution. */
function edgeOfEnvironment(): Edge | undefined {
  const { EDGE_URL: url, EDGE_SIGNING_KEY: signingKey, EDGE_KEY_PAIR_ID: keyPairId } = process.env;
  return url && signingKey && keyPairId ? { url, signingKey, keyPairId } : undefined;
}
