/** Shows an image's links to its owner, and opens them for anybody. */
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { linkTo } from "../api/links.ts";
import { Problem } from "../api/problem.ts";
import { hasExpired } from "../api/records.ts";
import { variantOf } from "../api/view.ts";
import { isOver, type Link, linkSchema } from "../shared/link.ts";
import { keyOfToken, linksOf } from "../shared/link-table.ts";
import { environmentVariable } from "../shared/settings.ts";
import { readRecord, table } from "../shared/table.ts";

/** How long the address works that a link leads to: a link that is revoked may be seen for as long by who has just opened it. */
const REDIRECT_SECONDS = 60;

export async function listLinks(imageId: string) {
  const links = (await linksOf(imageId)).filter((link) => !isOver(link));
  return links
    .toSorted((one, other) => other.createdAt.localeCompare(one.createdAt))
    .map(({ linkId, imageId: _, expiresAt, ...link }) => ({
      id: linkId,
      ...link,
      expiresAt: new Date(expiresAt * 1000).toISOString(),
    }));
}

/**
 * The address of what is published now, signed anew each time it is asked for: one that S3 takes cannot outlive the credentials it
 * is signed with, which a function has for some hours.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html#PresignedUrl-Expiration
 * @throws Problem (404, 410)
 */
export async function openLink(token: string): Promise<string> {
  const link = await readLink(token);
  if (link === undefined)
    throw new Problem(404, "There is no such link. It may have been revoked; ask whoever gave it to you.");
  if (isOver(link))
    throw new Problem(410, "The link has expired. Ask whoever gave it to you for another one.");
  const record = await readRecord(environmentVariable("METADATA_TABLE"), link.imageId);
  const variant = record && !hasExpired(record) && variantOf(record, link.variant, link.format);
  if (!variant || !(await countUse(link)))
    throw new Problem(410, "What the link led to is not there any more. Ask whoever gave it to you.");
  const leftSeconds = Math.ceil(link.expiresAt - Date.now() / 1000);
  const seconds = Math.max(1, Math.min(REDIRECT_SECONDS, leftSeconds));
  return linkTo(environmentVariable("PROCESSED_BUCKET"), variant.key, seconds);
}

async function readLink(token: string): Promise<Link | undefined> {
  const Key = keyOfToken(token);
  if (Key === undefined) return undefined;
  const TableName = environmentVariable("LINKS_TABLE");
  const { Item } = await table.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
  return Item && linkSchema.parse(Item);
}

/** @returns false when it was revoked just now. */
async function countUse({ imageId, linkId }: Link): Promise<boolean> {
  try {
    await table.send(
      new UpdateCommand({
        TableName: environmentVariable("LINKS_TABLE"),
        Key: { imageId, linkId },
        UpdateExpression: "SET lastUsedAt = :now ADD #uses :one",
        ConditionExpression: "attribute_exists(linkId)",
        ExpressionAttributeNames: { "#uses": "uses" },
        ExpressionAttributeValues: { ":now": new Date().toISOString(), ":one": 1 },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
