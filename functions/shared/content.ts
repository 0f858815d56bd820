/** What was published of which bytes lately: a file that comes a second time is not processed again, its results are copied. */
import { PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { type Image, type SameSize, sameSizeSchema } from "./state.ts";
import { table } from "./table.ts";

/** Uploaders' files of one size: hardly ever more than one, unless they are uncompressed. */
const MOST = 20;

/** Then a file is processed again that is uploaded again. Nothing else takes away what is known of an image that was deleted. */
const KNOWN_DAYS = 90;

/** Of the same owner only, or of nobody: how long an image takes is not to tell what others have. */
function ownerAndBytes({ owner, bytes }: Pick<Image, "owner" | "bytes">): string {
  return `${owner ?? ""}/${bytes}`;
}

/** What was published of files of the image's size: S3 tells the size of a file at once, its hash is known when it was read. */
export async function publishedOfSize(tableName: string, image: Image): Promise<SameSize[]> {
  const { Items = [] } = await table.send(
    new QueryCommand({
      TableName: tableName,
      KeyConditionExpression: "ownerAndBytes = :ownerAndBytes",
      ExpressionAttributeValues: { ":ownerAndBytes": ownerAndBytes(image) },
      Limit: MOST,
    }),
  );
  return Items.map((item) => sameSizeSchema.parse(item));
}

export async function rememberPublished(
  tableName: string,
  image: Pick<Image, "owner" | "bytes">,
  published: SameSize,
): Promise<void> {
  const expiresAt = Math.floor(Date.now() / 1000) + KNOWN_DAYS * 24 * 60 * 60;
  await table.send(
    new PutCommand({
      TableName: tableName,
      Item: { ownerAndBytes: ownerAndBytes(image), ...published, expiresAt },
    }),
  );
}
