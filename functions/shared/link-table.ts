/** The table `Links`: what is in a link's address, and how an image's links are found and deleted. */
import { createHash, randomBytes } from "node:crypto";
import { DeleteCommand, paginateQuery } from "@aws-sdk/lib-dynamodb";
import { type Link, linkSchema } from "./link.ts";
import { environmentVariable } from "./settings.ts";
import { table } from "./table.ts";

const SECRET_BYTES = 16;

/** What is in a link's address: the image's id, so that the item is found without an index, and a secret. */
export function newToken(imageId: string): { token: string; linkId: string } {
  const bytes = Buffer.concat([Buffer.from(imageId, "hex"), randomBytes(SECRET_BYTES)]);
  return { token: bytes.toString("base64url"), linkId: linkIdOf(bytes) };
}

/** @returns undefined for what is no token. */
export function keyOfToken(token: string): Pick<Link, "imageId" | "linkId"> | undefined {
  if (!/^[A-Za-z0-9_-]{43}$/.test(token)) return undefined;
  const bytes = Buffer.from(token, "base64url");
  return { imageId: bytes.subarray(0, -SECRET_BYTES).toString("hex"), linkId: linkIdOf(bytes) };
}

function linkIdOf(token: Buffer): string {
  return createHash("sha256").update(token).digest("hex").slice(0, 32);
}

/** All that an image has, also those that have expired and are not gone yet. */
export async function linksOf(imageId: string): Promise<Link[]> {
  const links: Link[] = [];
  const pages = paginateQuery(
    { client: table },
    {
      TableName: environmentVariable("LINKS_TABLE"),
      KeyConditionExpression: "imageId = :imageId",
      ExpressionAttributeValues: { ":imageId": imageId },
      ConsistentRead: true,
    },
  );
  for await (const { Items = [] } of pages) links.push(...Items.map((item) => linkSchema.parse(item)));
  return links;
}

/** That there is none is no error. */
export async function deleteLink({ imageId, linkId }: Pick<Link, "imageId" | "linkId">): Promise<void> {
  const TableName = environmentVariable("LINKS_TABLE");
  await table.send(new DeleteCommand({ TableName, Key: { imageId, linkId } }));
}

/** With their image. */
export async function deleteLinksOf(imageId: string): Promise<void> {
  await Promise.all((await linksOf(imageId)).map(deleteLink));
}
