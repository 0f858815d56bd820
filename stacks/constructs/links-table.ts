/**
 * The table of links that anybody may open, by image: those of one are listed, and deleted with it. A table of its own, since the
 * items of each other one are found by another key, and since what is open to strangers counts in it.
 */
import type { Construct } from "constructs";
import { LINKS_KEY } from "../../functions/shared/link.ts";
import { Table, type TableOptions } from "./table.ts";

export class LinksTable extends Table {
  constructor(scope: Construct, id: string, options: TableOptions) {
    super(scope, id, options, { key: LINKS_KEY });
  }
}
