/** A table beside that of the records, of small items that are found by their keys alone. */
import { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table/index.js";
import { Construct } from "constructs";
import type { EncryptionKey } from "./encryption-key.ts";
import type { NodeFunction } from "./node-function.ts";

export interface SmallTableOptions {
  name: string;
  /** Texts, both of them. */
  hashKey: string;
  rangeKey?: string;
  /** Has the time after which an item goes, in seconds since 1970. */
  expiresBy?: string;
  /** Without it, the table is encrypted with a key of AWS. */
  key: EncryptionKey | undefined;
  /** Refuses to be deleted, by a deployment as well. */
  deletionProtection?: boolean;
}

export class SmallTable extends Construct {
  readonly name: string;
  readonly #arn: string;
  readonly #key: EncryptionKey | undefined;

  constructor(scope: Construct, id: string, options: SmallTableOptions) {
    super(scope, id);
    this.#key = options.key;
    const { hashKey, rangeKey, expiresBy } = options;
    const keys = rangeKey === undefined ? [hashKey] : [hashKey, rangeKey];
    const table = new DynamodbTable(this, "table", {
      name: options.name,
      billingMode: "PAY_PER_REQUEST",
      hashKey,
      ...(rangeKey !== undefined && { rangeKey }),
      attribute: keys.map((name) => ({ name, type: "S" })),
      ...(expiresBy !== undefined && { ttl: { attributeName: expiresBy, enabled: true } }),
      pointInTimeRecovery: { enabled: true },
      serverSideEncryption: { enabled: true, ...(options.key && { kmsKeyArn: options.key.arn }) },
      deletionProtectionEnabled: options.deletionProtection ?? false,
    });
    this.name = table.name;
    this.#arn = table.arn;
  }

  grant(user: NodeFunction, action: "PutItem" | "Query" | "Scan"): void {
    user.allow([`dynamodb:${action}`], [this.#arn]);
    this.#key?.grantUse(user);
  }
}
