/** The table with one record per image. */
import type { Construct } from "constructs";
import {
  ATTENTION_INDEX,
  DELETION_INDEX,
  LIST_INDEXES,
  type ListIndex,
} from "../../functions/shared/image-record.ts";
import type { NodeFunction } from "./node-function.ts";
import { Table, type TableOptions } from "./table.ts";

export class MetadataTable extends Table {
  /** @param options its items that go by themselves are records whose file never came. */
  constructor(scope: Construct, id: string, options: TableOptions) {
    super(scope, id, options, {
      key: { hash: "imageId" },
      indexes: [
        // Of keys alone: lists read the records themselves.
        { name: LIST_INDEXES.byTime, key: { hash: "owner", range: "uploadedAt" } },
        { name: LIST_INDEXES.byStatus, key: { hash: "ownerStatus", range: "uploadedAt" } },
        { name: LIST_INDEXES.byName, key: { hash: "owner", range: "nameKey" } },
        // Of images that have a caption, and of those that have tags: one that has none costs nothing there.
        { name: LIST_INDEXES.byCaption, key: { hash: "owner", range: "captionKey" } },
        { name: LIST_INDEXES.byTag, key: { hash: "taggedOwner", range: "uploadedAt" }, others: ["tags"] },
        { name: DELETION_INDEX, key: { hash: "deletion", range: "deleteAt" } },
        {
          name: ATTENTION_INDEX,
          key: { hash: "attention", range: "updatedAt" },
          // What it is about, and why: enough to look at it, and to process it again.
          others: ["original", "lastAttempt"],
        },
      ],
    });
  }

  grantQuery(
    reader: NodeFunction,
    ...indexes: (ListIndex | typeof ATTENTION_INDEX | typeof DELETION_INDEX)[]
  ): void {
    reader.allow(
      ["dynamodb:Query"],
      indexes.map((index) => `${this.arn}/index/${index}`),
    );
  }
}
