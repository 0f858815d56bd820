/** A table of ours: paid by request, encrypted, recoverable, whose items go by themselves when their time has come. */
import { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table/index.js";
import { Construct } from "constructs";
import type { EncryptionKey } from "./encryption-key.ts";
import type { NodeFunction } from "./node-function.ts";

export interface TableOptions {
  name: string;
  /** Without it, the table is encrypted with a key of AWS. */
  key: EncryptionKey | undefined;
  /** Refuses to be deleted, by a deployment as well. */
  deletionProtection: boolean;
}

/** Names of attributes, all of them texts. */
export interface TableKey {
  hash: string;
  range?: string;
}

export interface TableIndex {
  name: string;
  key: Required<TableKey>;
  /** What it holds beside keys. */
  others?: string[];
}

type Action = "GetItem" | "BatchGetItem" | "PutItem" | "UpdateItem" | "DeleteItem" | "Query" | "Scan";

export abstract class Table extends Construct {
  readonly name: string;
  readonly arn: string;
  readonly #key: EncryptionKey | undefined;

  constructor(
    scope: Construct,
    id: string,
    options: TableOptions,
    { key, indexes = [] }: { key: TableKey; indexes?: TableIndex[] },
  ) {
    super(scope, id);
    this.#key = options.key;
    const attributes = new Set([key, ...indexes.map((index) => index.key)].flatMap(namesIn));
    const table = new DynamodbTable(this, "table", {
      name: options.name,
      billingMode: "PAY_PER_REQUEST",
      hashKey: key.hash,
      ...(key.range !== undefined && { rangeKey: key.range }),
      attribute: [...attributes].map((name) => ({ name, type: "S" })),
      // An item that has such a time, in seconds, goes after it.
      ttl: { attributeName: "expiresAt", enabled: true },
      pointInTimeRecovery: { enabled: true },
      serverSideEncryption: { enabled: true, ...(options.key && { kmsKeyArn: options.key.arn }) },
      deletionProtectionEnabled: options.deletionProtection,
      ...(options.deletionProtection && { lifecycle: { preventDestroy: true } }),
    });
    // The bindings know only the arguments for an index's key that the provider has deprecated.
    if (indexes.length > 0) table.addOverride("global_secondary_index", indexes.map(indexBlock));
    this.name = table.name;
    this.arn = table.arn;
  }

  /** @param actions on the table itself, not on its indexes. */
  grant(user: NodeFunction, ...actions: Action[]): void {
    user.allow(
      actions.map((action) => `dynamodb:${action}`),
      [this.arn],
    );
    this.#key?.grantUse(user);
  }
}

function namesIn({ hash, range }: TableKey): string[] {
  return range === undefined ? [hash] : [hash, range];
}

function indexBlock({ name, key, others }: TableIndex) {
  return {
    name,
    key_schema: [
      { attribute_name: key.hash, key_type: "HASH" },
      { attribute_name: key.range, key_type: "RANGE" },
    ],
    ...(others
      ? { projection_type: "INCLUDE", non_key_attributes: others }
      : { projection_type: "KEYS_ONLY" }),
  };
}
