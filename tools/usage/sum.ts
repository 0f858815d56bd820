/** Adds up the table of what users have used. */
import { type DynamoDBDocumentClient, paginateScan } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { ALWAYS, bytesArrived } from "../../functions/shared/usage-bytes.ts";

export interface UsersMonth {
  owner: string;
  /** Sent in the month, whatever became of them. */
  images: number;
  /** Processed again, or deleted. */
  changes: number;
  /** Of originals, as of now. */
  bytesStored: number;
}

const itemSchema = z.looseObject({
  owner: z.string(),
  period: z.string(),
  images: z.int().default(0),
  changes: z.int().default(0),
});

/** Reads the whole table: an item a user and day, for two months. @param month as 2026-11. */
export async function usageIn(
  table: DynamoDBDocumentClient,
  TableName: string,
  month: string,
): Promise<UsersMonth[]> {
  const users = new Map<string, UsersMonth>();
  for await (const { Items = [] } of paginateScan({ client: table }, { TableName }))
    for (const item of Items) {
      // Whether the month is closed stands there, too.
      const { data } = itemSchema.safeParse(item);
      if (data === undefined || !(data.period === ALWAYS || data.period.startsWith(month))) continue;
      const { owner, images, changes } = data;
      const sum = users.get(owner) ?? { owner, images: 0, changes: 0, bytesStored: 0 };
      users.set(owner, {
        owner,
        images: sum.images + images,
        changes: sum.changes + changes,
        bytesStored: sum.bytesStored + bytesArrived(data),
      });
    }
  return [...users.values()].filter(({ images, changes, bytesStored }) => images + changes + bytesStored > 0);
}
