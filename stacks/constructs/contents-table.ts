/**
 * The table of what was published lately of which bytes: a file that comes a second time is not processed again. What it knows can be
 * lost, and is asked again by processing.
 */
import type { Construct } from "constructs";
import { Table, type TableOptions } from "./table.ts";

export class ContentsTable extends Table {
  constructor(scope: Construct, id: string, options: TableOptions) {
    super(scope, id, options, { key: { hash: "ownerAndBytes", range: "content" } });
  }
}
