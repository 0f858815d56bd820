/** What AVIF and HEIC have in common: how a picture is put together of items, and what is said of its colour. ISO/IEC 23008-12 */
import { unsupported } from "../shared/errors.ts";
import type { Cicp } from "./cicp.ts";
import { type Item, type ItemFile, readItems } from "./isobmff.ts";

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

/**
 * Writers have turned and cropped the picture only, meaning its transparency too; libheif takes each for itself.
 * @returns the bytes to decode: the same, or a copy in which the transparency is turned and cropped as the picture is.
 * @throws ImageRejected (UNSUPPORTED_TYPE) where the file has no room to say that.
 */
export function withAlphaTurned(bytes: Buffer): Buffer {
  const file = readItems(bytes);
  const alpha = alphaOf(file);
  const turns = file.primary?.associations.filter(({ type }) => TURNS.has(type)) ?? [];
  if (alpha === undefined || turns.length === 0) return bytes;
  if (alpha.associations.some(({ type }) => TURNS.has(type))) return bytes;
  const room = alpha.associations.filter(({ type }) => DISPENSABLE.has(type));
  const changed = Buffer.from(bytes);
  for (const [index, { value }] of turns.entries()) {
    const place = room[index];
    if (place === undefined)
      throw unsupported(
        "a picture whose transparency is not turned and cropped as it is itself",
        "Export it as a PNG, and upload that.",
      );
    changed.writeUIntBE(value, place.at, place.bytes);
  }
  return changed;
}

/** In the order of the file, which is that in which they are done. */
const TURNS = new Set(["clap", "irot", "imir"]);
/** What a decoder of transparency does without. */
const DISPENSABLE = new Set(["pixi", "colr", "pasp"]);

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
