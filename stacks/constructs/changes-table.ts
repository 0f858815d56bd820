/**
 * The table of what has just happened to images, for a day. It could do without being recoverable, but what policy checkers ask for
 * they ask for of all tables; and so little is in it that this costs less than a cent a month for a million images.
 */
import type { Construct } from "constructs";
import { CHANGES_KEY } from "../../functions/shared/change.ts";
import type { NodeFunction } from "./node-function.ts";
import { Table, type TableOptions } from "./table.ts";

export class ChangesTable extends Table {
  constructor(scope: Construct, id: string, options: TableOptions) {
    super(scope, id, options, { key: CHANGES_KEY });
  }

  /** Lets a function tell of changes. Its environment needs `CHANGES_TABLE`. */
  grantTell(teller: NodeFunction): void {
    this.grant(teller, "PutItem");
  }
}
