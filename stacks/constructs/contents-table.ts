/** The table of what was published lately, by the owner and the size of the original. */
import { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table/index.js";
import { Construct } from "constructs";
import type { EncryptionKey } from "./encryption-key.ts";
import type { NodeFunction } from "./node-function.ts";

export interface ContentsTableOptions {
  name: string;
  /** Without it, the table is encrypted with a key of AWS. */
  key: EncryptionKey | undefined;
}

export class ContentsTable extends Construct {
  readonly name: string;
  readonly #arn: string;
  readonly #key: EncryptionKey | undefined;

  constructor(scope: Construct, id: string, options: ContentsTableOptions) {
    super(scope, id);
    this.#key = options.key;
    const table = new DynamodbTable(this, "table", {
      name: options.name,
      billingMode: "PAY_PER_REQUEST",
      hashKey: "ownerAndBytes",
      rangeKey: "content",
      attribute: [
        { name: "ownerAndBytes", type: "S" },
        { name: "content", type: "S" },
      ],
      ttl: { attributeName: "expiresAt", enabled: true },
      pointInTimeRecovery: { enabled: true },
      serverSideEncryption: { enabled: true, ...(options.key && { kmsKeyArn: options.key.arn }) },
    });
    this.name = table.name;
    this.#arn = table.arn;
  }

  grant(user: NodeFunction, action: "Query" | "PutItem"): void {
    user.allow([`dynamodb:${action}`], [this.#arn]);
    this.#key?.grantUse(user);
  }
}
