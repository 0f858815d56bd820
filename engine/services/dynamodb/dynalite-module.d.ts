declare module "dynalite" {
  import type { Server } from "node:http";

  /** Makes the server; nothing listens until `listen` is called. */
  export default function dynalite(options?: {
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
    maxItemSizeKb?: number;
    path?: string;
  }): Server;
}
