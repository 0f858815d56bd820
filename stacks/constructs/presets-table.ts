/** The table of presets that need no deployment. No function may write there. */
import type { Construct } from "constructs";
import type { NodeFunction } from "./node-function.ts";
import { Table, type TableOptions } from "./table.ts";

export class PresetsTable extends Table {
  constructor(scope: Construct, id: string, options: TableOptions) {
    super(scope, id, options, { key: { hash: "name" } });
  }

  /** All of them are read at once. */
  grantRead(reader: NodeFunction): void {
    this.grant(reader, "Scan");
  }
}
