/** The table with one record per image. */
import { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table/index.js";
import { Construct } from "constructs";
import { ATTENTION_INDEX, LIST_INDEXES, type ListIndex } from "../../functions/shared/image-record.ts";
import type { EncryptionKey } from "./encryption-key.ts";
import type { NodeFunction } from "./node-function.ts";

export interface MetadataTableOptions {
  name: string;
  /** Without it, the table is encrypted with a key of AWS. */
  key: EncryptionKey | undefined;
  /** Refuses to be deleted, by a deployment as well. */
  deletionProtection: boolean;
}

export class MetadataTable extends Construct {
  readonly name: string;
  readonly arn: string;
  readonly #key: EncryptionKey | undefined;

  constructor(scope: Construct, id: string, options: MetadataTableOptions) {
    super(scope, id);
    this.#key = options.key;
    const table = new DynamodbTable(this, "table", {
      name: options.name,
      billingMode: "PAY_PER_REQUEST",
      hashKey: "imageId",
      attribute: [
        { name: "imageId", type: "S" },
        { name: "owner", type: "S" },
        { name: "ownerStatus", type: "S" },
        { name: "uploadedAt", type: "S" },
        { name: "nameKey", type: "S" },
        { name: "attention", type: "S" },
        { name: "updatedAt", type: "S" },
      ],
      // A record whose file never comes has a time after which it goes.
      ttl: { attributeName: "expiresAt", enabled: true },
      pointInTimeRecovery: { enabled: true },
      serverSideEncryption: { enabled: true, ...(options.key && { kmsKeyArn: options.key.arn }) },
      deletionProtectionEnabled: options.deletionProtection,
      ...(options.deletionProtection && { lifecycle: { preventDestroy: true } }),
    });
    // The bindings know only the arguments for an index's key that the provider has deprecated.
    table.addOverride("global_secondary_index", [
      listIndex(LIST_INDEXES.byTime, "owner", "uploadedAt"),
      listIndex(LIST_INDEXES.byStatus, "ownerStatus", "uploadedAt"),
      listIndex(LIST_INDEXES.byName, "owner", "nameKey"),
      {
        name: ATTENTION_INDEX,
        key_schema: [
          { attribute_name: "attention", key_type: "HASH" },
          { attribute_name: "updatedAt", key_type: "RANGE" },
        ],
        // What it is about, and why: enough to look at it, and to process it again.
        projection_type: "INCLUDE",
        non_key_attributes: ["original", "lastAttempt"],
      },
    ]);
    this.name = table.name;
    this.arn = table.arn;
  }

  /** @param actions on records that are named, such as `GetItem`. */
  grant(
    user: NodeFunction,
    ...actions: ("GetItem" | "BatchGetItem" | "PutItem" | "UpdateItem" | "DeleteItem")[]
  ): void {
    user.allow(
      actions.map((action) => `dynamodb:${action}`),
      [this.arn],
    );
    this.#key?.grantUse(user);
  }

  grantQuery(reader: NodeFunction, ...indexes: (ListIndex | typeof ATTENTION_INDEX)[]): void {
    reader.allow(
      ["dynamodb:Query"],
      indexes.map((index) => `${this.arn}/index/${index}`),
    );
  }
}

/** Of keys alone: lists read the records themselves. */
function listIndex(name: ListIndex, hashKey: string, rangeKey: string) {
  return {
    name,
    key_schema: [
      { attribute_name: hashKey, key_type: "HASH" },
      { attribute_name: rangeKey, key_type: "RANGE" },
    ],
    projection_type: "KEYS_ONLY",
  };
}
