/** The table with one record per image. */
import { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table/index.js";
import { Construct } from "constructs";
import type { NodeFunction } from "./node-function.ts";

/** Newest images of one owner: query by `owner`, descending. Images of nobody are not in it. */
export const OWNER_INDEX = "byOwner";

export class MetadataTable extends Construct {
  readonly name: string;
  readonly arn: string;

  constructor(scope: Construct, id: string, options: { name: string }) {
    super(scope, id);
    const table = new DynamodbTable(this, "table", {
      name: options.name,
      billingMode: "PAY_PER_REQUEST",
      hashKey: "imageId",
      attribute: [
        { name: "imageId", type: "S" },
        { name: "owner", type: "S" },
        { name: "uploadedAt", type: "S" },
      ],
      globalSecondaryIndex: [
        { name: OWNER_INDEX, hashKey: "owner", rangeKey: "uploadedAt", projectionType: "ALL" },
      ],
      // A record whose file never comes has a time after which it goes.
      ttl: { attributeName: "expiresAt", enabled: true },
      pointInTimeRecovery: { enabled: true },
      serverSideEncryption: { enabled: true },
    });
    this.name = table.name;
    this.arn = table.arn;
  }

  /** @param actions on single records, such as `GetItem`. */
  grant(user: NodeFunction, ...actions: ("GetItem" | "PutItem" | "UpdateItem" | "DeleteItem")[]): void {
    user.allow(
      actions.map((action) => `dynamodb:${action}`),
      [this.arn],
    );
  }

  grantListByOwner(reader: NodeFunction): void {
    reader.allow(["dynamodb:Query"], [`${this.arn}/index/${OWNER_INDEX}`]);
  }
}
