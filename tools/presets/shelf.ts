/** The table of presets, of the engine that is running or of a stack on AWS. */
import { DeleteCommand, PutCommand, paginateScan } from "@aws-sdk/lib-dynamodb";
import { tableAt } from "../../cli/stack.ts";
import { type Presets, storedPresetSchema } from "../../functions/shared/presets.ts";

export interface ShelfOptions {
  endpoint: string;
  table?: string;
}

export interface Shelf {
  all(): Promise<Presets>;
  put(name: string, preset: Presets[string]): Promise<void>;
  /** @returns false when there was none. */
  delete(name: string): Promise<boolean>;
  close(): void;
}

export async function openShelf(options: ShelfOptions): Promise<Shelf> {
  const { table, TableName, close } = await tableAt("presets_table_name", options);
  return {
    async all() {
      const presets: Presets = {};
      const pages = paginateScan({ client: table }, { TableName, ConsistentRead: true });
      for await (const { Items = [] } of pages)
        for (const item of Items) {
          const { name, ...preset } = storedPresetSchema.parse(item);
          presets[name] = preset;
        }
      return presets;
    },
    async put(name, preset) {
      await table.send(new PutCommand({ TableName, Item: { ...preset, name } }));
    },
    async delete(name) {
      const { Attributes } = await table.send(
        new DeleteCommand({ TableName, Key: { name }, ReturnValues: "ALL_OLD" }),
      );
      return Attributes !== undefined;
    },
    close,
  };
}
