/** Lists of an owner's images. Each request reads one page of an index and the records of that page, whatever there is. */
import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import {
  type ImageRecord,
  imageRecordSchema,
  LIST_INDEXES,
  type ListIndex,
  ownerStatusOf,
  type Status,
  searchKeyOf,
} from "../shared/image-record.ts";
import { environmentVariable } from "../shared/settings.ts";
import { table } from "../shared/table.ts";
import { logger } from "./api.ts";
import { hasExpired, itemsOf } from "./records.ts";

const tableName = environmentVariable("METADATA_TABLE");

export interface ListRequest {
  limit: number;
  status?: Status | undefined;
  sort: "newest" | "oldest" | "name";
  /** What names begin with, or captions: by name, and then by caption those whose name begins otherwise. */
  search?: string | undefined;
  tag?: string | undefined;
  /** `nextCursor` of the page before. */
  cursor?: string | undefined;
}

/** The cursor is of no such list. */
export class WrongCursor extends Error {
  override readonly name = "WrongCursor";
}

/**
 * One page. It may have fewer than `limit`, and still not be the last: what an index does not know is looked for in a page that was
 * read, such as the status where images are sorted by name.
 * @throws WrongCursor
 */
export async function listOwned(
  owner: string,
  { limit, cursor, ...request }: ListRequest,
): Promise<{ records: ImageRecord[]; nextCursor?: string }> {
  const { search } = request;
  const isByCaption = search !== undefined && cursor?.startsWith(CAPTIONS);
  const list = isByCaption ? captionsOf(owner, search) : listFor(owner, request);
  const from = cursor?.slice(list.mark.length);
  const { Items = [], LastEvaluatedKey } = await table.send(
    new QueryCommand({
      TableName: tableName,
      IndexName: list.index,
      ...list.keys,
      ScanIndexForward: list.isForward,
      // One more than wanted, to know whether there is another page; what is filtered comes to less.
      Limit: list.isFiltered ? FILTERED_AT_A_TIME : limit + 1,
      ...(from && { ExclusiveStartKey: { ...list.hashKey, ...readCursor(from, list.place) } }),
    }),
  );
  const page = Items.slice(0, limit).map((item) => list.place.parse(item));
  const end = Items.length > limit ? page.at(-1) : list.isFiltered ? LastEvaluatedKey : undefined;
  const records = await recordsOf(
    owner,
    page.map(({ imageId }) => imageId),
  );
  const nextCursor = end ? list.mark + writeCursor(list.place.parse(end)) : list.nextList;
  return {
    records: records.filter((record) => matches(record, request) && list.has(record)),
    ...(nextCursor && { nextCursor }),
  };
}

/** How cursors of images by caption begin; alone, it is that of their first page. */
const CAPTIONS = "captions.";

/** Keys and tags of so many images are about 200 KB. */
const FILTERED_AT_A_TIME = 1000;

/** An index that is a moment behind may have others among them. */
function matches({ status, tags }: ImageRecord, asked: Pick<ListRequest, "status" | "tag">): boolean {
  return (
    (asked.status === undefined || status === asked.status) &&
    (asked.tag === undefined || (tags?.includes(asked.tag) ?? false))
  );
}

/** Those of the images that are the owner's, in this order. One that cannot be read is left out: the others are worth showing. */
export async function recordsOf(owner: string, imageIds: string[]): Promise<ImageRecord[]> {
  const items = new Map((await itemsOf(imageIds)).map((item) => [item.imageId, item]));
  return imageIds.flatMap((imageId) => {
    const item = items.get(imageId);
    if (item?.owner !== owner) return [];
    const { data: record, error } = imageRecordSchema.safeParse(item);
    if (error)
      logger.error("A record cannot be read; it is left out", { imageId, reason: z.prettifyError(error) });
    return record === undefined || hasExpired(record) ? [] : [record];
  });
}

/** Where a page of each list ended. Texts as DynamoDB has them in keys: with one that no record should have, the others are listed all the same. */
const keyText = z.string().min(1).max(1000);
const byTime = z.object({ imageId: keyText, uploadedAt: keyText });
const byName = z.object({ imageId: keyText, nameKey: keyText });
const byCaption = z.object({ imageId: keyText, captionKey: keyText });
type Place = z.infer<typeof byTime> | z.infer<typeof byName> | z.infer<typeof byCaption>;

interface List {
  index: ListIndex;
  hashKey: Record<string, string>;
  keys: {
    KeyConditionExpression: string;
    FilterExpression?: string;
    ExpressionAttributeNames: Record<string, string>;
    ExpressionAttributeValues: Record<string, string>;
  };
  isForward: boolean;
  /** Whether what is asked for is looked for among what the index has. */
  isFiltered: boolean;
  place: z.ZodType<Place>;
  /** How its cursors begin. */
  mark: string;
  /** The cursor of the list that comes after it. */
  nextList?: string;
  /** Whether it is rightly in the index, and in no list before. */
  has(record: ImageRecord): boolean;
}

function listFor(owner: string, { status, sort, search, tag }: Omit<ListRequest, "limit" | "cursor">): List {
  const isByName = sort === "name" || search !== undefined;
  const isFiltered = tag !== undefined && !isByName;
  const { index, hash, value } = isByName
    ? { index: LIST_INDEXES.byName, hash: "owner", value: owner }
    : isFiltered
      ? { index: LIST_INDEXES.byTag, hash: "taggedOwner", value: owner }
      : status
        ? { index: LIST_INDEXES.byStatus, hash: "ownerStatus", value: ownerStatusOf(owner, status) ?? "" }
        : { index: LIST_INDEXES.byTime, hash: "owner", value: owner };
  const prefix = search === undefined ? undefined : searchKeyOf(search);
  return {
    index,
    hashKey: { [hash]: value },
    keys: {
      KeyConditionExpression: `#hash = :hash${prefix === undefined ? "" : " AND begins_with(nameKey, :prefix)"}`,
      ...(isFiltered && { FilterExpression: "contains(#tags, :tag)" }),
      ExpressionAttributeNames: { "#hash": hash, ...(isFiltered && { "#tags": "tags" }) },
      ExpressionAttributeValues: {
        ":hash": value,
        ...(prefix !== undefined && { ":prefix": prefix }),
        ...(isFiltered && { ":tag": tag }),
      },
    },
    isForward: isByName || sort === "oldest",
    isFiltered,
    // DynamoDB refuses to begin outside of what is asked for.
    place: isByName ? byName.refine(({ nameKey }) => nameKey.startsWith(prefix ?? "")) : byTime,
    mark: "",
    ...(prefix !== undefined && { nextList: CAPTIONS }),
    has: () => true,
  };
}

function captionsOf(owner: string, search: string): List {
  const prefix = searchKeyOf(search);
  return {
    index: LIST_INDEXES.byCaption,
    hashKey: { owner },
    keys: {
      KeyConditionExpression: "#hash = :hash AND begins_with(captionKey, :prefix)",
      ExpressionAttributeNames: { "#hash": "owner" },
      ExpressionAttributeValues: { ":hash": owner, ":prefix": prefix },
    },
    isForward: true,
    isFiltered: false,
    place: byCaption.refine(({ captionKey }) => captionKey.startsWith(prefix)),
    mark: CAPTIONS,
    // A file that was rejected leaves the key of its caption, where the owner has taken the image's away.
    has: ({ nameKey, caption }) => caption !== "" && !nameKey?.startsWith(prefix),
  };
}

function writeCursor(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

function readCursor(text: string, schema: z.ZodType<Place>): Place {
  try {
    return schema.parse(JSON.parse(Buffer.from(text, "base64url").toString()));
  } catch (cause) {
    throw new WrongCursor("This is no cursor of that list.", { cause });
  }
}
