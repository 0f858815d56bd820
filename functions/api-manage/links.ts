/** Makes and revokes links that anybody may open. */
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import type { BodyOf } from "../api/contract.ts";
import { noSuchVariant, Problem } from "../api/problem.ts";
import { variantOf } from "../api/view.ts";
import type { ImageRecord } from "../shared/image-record.ts";
import { isOver, type Link } from "../shared/link.ts";
import { linksOf, newToken } from "../shared/link-table.ts";
import { environmentVariable } from "../shared/settings.ts";
import { table } from "../shared/table.ts";

/** So that a list is one page. */
const MOST_LINKS = 100;

/** @throws Problem (404, 409) */
export async function assertCanShare(
  record: ImageRecord,
  { variant, format }: BodyOf<"POST /images/{imageId}/links">,
): Promise<void> {
  if (record.published === undefined)
    throw new Problem(409, "Nothing is published of the image yet. Wait until it is processed.");
  if (variantOf(record, variant, format) === undefined)
    throw noSuchVariant(record, format === undefined ? variant : `${variant}.${format}`);
  const links = await linksOf(record.imageId);
  if (links.filter((link) => !isOver(link)).length >= MOST_LINKS)
    throw new Problem(409, `The image has ${MOST_LINKS} links. Revoke those that nobody needs any more.`);
}

export async function makeLink(
  { imageId }: ImageRecord,
  { variant, format, expiresInSeconds, note }: BodyOf<"POST /images/{imageId}/links">,
) {
  const { token, linkId } = newToken(imageId);
  const now = Date.now();
  const expiresAt = Math.floor(now / 1000) + expiresInSeconds;
  const Item: Link = {
    imageId,
    linkId,
    variant,
    format,
    note,
    createdAt: new Date(now).toISOString(),
    expiresAt,
    uses: 0,
  };
  await table.send(new PutCommand({ TableName: environmentVariable("LINKS_TABLE"), Item }));
  return {
    id: linkId,
    url: `${environmentVariable("API_URL").replace(/\/$/, "")}/l/${token}`,
    expiresAt: new Date(expiresAt * 1000).toISOString(),
  };
}
