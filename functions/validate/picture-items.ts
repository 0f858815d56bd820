/** What AVIF and HEIC have in common: how a picture is put together of items, and what is said of its colour. ISO/IEC 23008-12 */
import type { Cicp } from "./cicp.ts";
import type { Item, ItemFile } from "./isobmff.ts";

/** The item that is coded; of a grid, the first of its tiles. */
export function codecOf(item: Item | undefined, file: ItemFile): Item | undefined {
  if (item?.type !== "grid") return item;
  return tilesOf(item, file)[0];
}

/** Those of a grid, from the upper left to the lower right. */
export function tilesOf({ id }: Item, { items, references }: ItemFile): (Item | undefined)[] {
  const tiles = references.find(({ type, from }) => type === "dimg" && from === id)?.to ?? [];
  const byId = new Map(items.map((item) => [item.id, item]));
  return tiles.map((tile) => byId.get(tile));
}

export function alphaOf({ primary, items, references }: ItemFile): Item | undefined {
  return items.find(
    ({ id, properties }) =>
      properties.get("auxC")?.some((kind) => /:alpha|auxid:1/.test(kind.toString("latin1"))) &&
      references.some(
        ({ type, from, to }) => type === "auxl" && from === id && to.includes(primary?.id ?? -1),
      ),
  );
}

/** The colour profile of an item. */
export function iccOf(item: Item): Buffer | undefined {
  return colour(item, "prof", "rICC")?.subarray(4);
}

/** Colour by numbers, as the container says it. */
export function cicpOfItem(item: Item): Cicp | undefined {
  const nclx = colour(item, "nclx");
  if (nclx === undefined || nclx.length < 10) return undefined;
  return { primaries: nclx.readUInt16BE(4), transfer: nclx.readUInt16BE(6), matrix: nclx.readUInt16BE(8) };
}

/** Whether samples run from 0 to the largest, as the container says it. */
export function isFullRangeItem(item: Item): boolean | undefined {
  const nclx = colour(item, "nclx");
  return nclx === undefined || nclx.length < 11 ? undefined : ((nclx[10] ?? 0) & 0x80) !== 0;
}

function colour({ properties }: Item, ...kinds: string[]): Buffer | undefined {
  return properties.get("colr")?.find((colr) => kinds.includes(colr.toString("latin1", 0, 4)));
}
