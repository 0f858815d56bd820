/** The table of what each user has used: an item a day, and one of what is stored. */
import { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table/index.js";
import { Construct } from "constructs";
import type { EncryptionKey } from "./encryption-key.ts";
import type { NodeFunction } from "./node-function.ts";

export interface UsageTableOptions {
  name: string;
  /** Without it, the table is encrypted with a key of AWS. */
  key: EncryptionKey | undefined;
  /** Refuses to be deleted, by a deployment as well. */
  deletionProtection: boolean;
}

export class UsageTable extends Construct {
  readonly name: string;
  readonly #arn: string;
  readonly #key: EncryptionKey | undefined;

  constructor(scope: Construct, id: string, options: UsageTableOptions) {
    super(scope, id);
    this.#key = options.key;
    const table = new DynamodbTable(this, "table", {
      name: options.name,
      billingMode: "PAY_PER_REQUEST",
      hashKey: "owner",
      rangeKey: "period",
      attribute: [
        { name: "owner", type: "S" },
        { name: "period", type: "S" },
      ],
      // A day's counts go after it.
      ttl: { attributeName: "expiresAt", enabled: true },
      pointInTimeRecovery: { enabled: true },
      serverSideEncryption: { enabled: true, ...(options.key && { kmsKeyArn: options.key.arn }) },
      deletionProtectionEnabled: options.deletionProtection,
      ...(options.deletionProtection && { lifecycle: { preventDestroy: true } }),
    });
    this.name = table.name;
    this.#arn = table.arn;
  }

  /** Of single items. */
  grant(user: NodeFunction, ...actions: ("GetItem" | "PutItem" | "UpdateItem")[]): void {
    user.allow(
      actions.map((action) => `dynamodb:${action}`),
      [this.#arn],
    );
    this.#key?.grantUse(user);
  }
}
