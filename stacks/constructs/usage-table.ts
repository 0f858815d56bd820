/** The table of what each user has used: an item a day, which goes after it, one of what is stored, and one for each upload in parts. */
import type { Construct } from "constructs";
import { Table, type TableOptions } from "./table.ts";

export class UsageTable extends Table {
  constructor(scope: Construct, id: string, options: TableOptions) {
    super(scope, id, options, { key: { hash: "owner", range: "period" } });
  }
}
