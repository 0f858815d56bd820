/**
 * The items of an ISO base media file that is a still picture (AVIF, HEIC): ISO/IEC 14496-12, and 23008-12 for items and properties. Bounded,
 * and never past the end of the file: what makes no sense is as if it were not there.
 */

export interface Item {
  id: number;
  /** Four letters, such as `av01` or `grid`. */
  type: string;
  /** Of an item of type `mime`, such as `application/rdf+xml`. */
  contentType: string | undefined;
  /** By their type. */
  properties: Map<string, Buffer[]>;
  /** Where the file says which properties it has, in their order. */
  associations: Association[];
  /** Where its data starts in the file. */
  dataAt: number | undefined;
  /** All of its data, as far as it is in the file and not in a box of the items. */
  extents: Extent[];
}

export interface Association {
  /** Of the property. */
  type: string;
  /** In the file, of one byte or two. */
  at: number;
  bytes: 1 | 2;
  /** As it is written there. */
  value: number;
}

export interface Extent {
  at: number;
  /** Bytes; 0: to the end of the file. */
  length: number;
}

export interface ItemFile {
  primary: Item | undefined;
  items: Item[];
  /** Which item refers to which others, by the kind of reference, such as `auxl`. */
  references: { type: string; from: number; to: number[] }[];
  isSequence: boolean;
}

/** @param bytes the file, or enough of its start. */
export function readItems(bytes: Buffer): ItemFile {
  const top = boxes(bytes);
  const meta = new Map(boxes(child(top, "meta")?.subarray(4) ?? EMPTY));
  const primaryId = idIn(meta.get("pitm"));
  const properties = propertiesOf(new Map(boxes(meta.get("iprp") ?? EMPTY)));
  const places = placesOf(meta.get("iloc") ?? EMPTY);
  const items = typesOf(meta.get("iinf") ?? EMPTY).map(({ id, type, contentType }) => ({
    id,
    type,
    contentType,
    properties: properties.get(id)?.own ?? new Map(),
    associations:
      properties.get(id)?.associations.map(({ at, ...rest }) => ({ ...rest, at: at - bytes.byteOffset })) ??
      [],
    dataAt: places.get(id)?.[0]?.at,
    extents: places.get(id) ?? [],
  }));
  return {
    primary: items.find(({ id }) => id === primaryId),
    items,
    references: referencesOf(meta.get("iref") ?? EMPTY),
    isSequence: child(top, "moov") !== undefined,
  };
}

type Box = [type: string, payload: Buffer];

const EMPTY = Buffer.alloc(0);
/** Real pictures have a few dozen; a grid of many tiles has an item each. */
const MAX_BOXES = 4096;

const child = (all: Box[], type: string) => all.find(([each]) => each === type)?.[1];

/** The boxes that lie one after the other; the last one may be cut off. */
function boxes(bytes: Buffer): Box[] {
  const found: Box[] = [];
  let at = 0;
  while (at + 8 <= bytes.length && found.length < MAX_BOXES) {
    const short = bytes.readUInt32BE(at);
    const isLong = short === 1 && at + 16 <= bytes.length;
    const size = isLong ? Number(bytes.readBigUInt64BE(at + 8)) : short === 0 ? bytes.length - at : short;
    const head = isLong ? 16 : 8;
    if (size < head) break;
    found.push([bytes.toString("latin1", at + 4, at + 8), bytes.subarray(at + head, at + size)]);
    at += size;
  }
  return found;
}

/** A reader of the fields of a box; past its end there are zeros. */
function fieldsOf(box: Buffer) {
  let at = 4;
  return {
    version: box[0] ?? 0,
    flags: box.length < 4 ? 0 : box.readUIntBE(1, 3),
    /** In what the box is a part of. */
    place: () => box.byteOffset + at,
    isAtEnd: () => at >= box.length,
    skip: (bytes: number) => {
      at += bytes;
    },
    text: (bytes: number) => {
      at += bytes;
      return box.toString("latin1", at - bytes, at);
    },
    number: (bytes: number): number => {
      at += bytes;
      if (bytes === 0 || at > box.length) return 0;
      return bytes === 8 ? Number(box.readBigUInt64BE(at - 8)) : box.readUIntBE(at - bytes, bytes);
    },
    /** Up to a zero, or to the end. */
    string: () => {
      const end = box.indexOf(0, at);
      const text = box.toString("latin1", at, end < 0 ? box.length : end);
      at += text.length + 1;
      return text;
    },
    rest: () => box.subarray(at),
  };
}

function idIn(pitm: Buffer | undefined): number | undefined {
  if (pitm === undefined) return undefined;
  const fields = fieldsOf(pitm);
  return fields.number(fields.version === 0 ? 2 : 4);
}

function typesOf(iinf: Buffer): Pick<Item, "id" | "type" | "contentType">[] {
  const list = fieldsOf(iinf);
  list.skip(list.version === 0 ? 2 : 4);
  return boxes(list.rest()).flatMap(([type, payload]) => {
    const entry = fieldsOf(payload);
    if (type !== "infe" || entry.version < 2) return [];
    const id = entry.number(entry.version === 2 ? 2 : 4);
    entry.skip(2);
    const kind = entry.text(4);
    // Its name comes first.
    if (kind === "mime") entry.string();
    return [{ id, type: kind, contentType: kind === "mime" ? entry.string() : undefined }];
  });
}

function placesOf(iloc: Buffer): Map<number, Extent[]> {
  const places = new Map<number, Extent[]>();
  const fields = fieldsOf(iloc);
  const sizes = fields.number(2);
  const [offsetSize, lengthSize, baseSize] = [(sizes >> 12) & 15, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const indexSize = fields.version === 0 ? 0 : sizes & 15;
  if (![offsetSize, lengthSize, baseSize, indexSize].every((size) => [0, 4, 8].includes(size))) return places;
  const idSize = fields.version < 2 ? 2 : 4;
  const count = Math.min(fields.number(idSize), MAX_BOXES);
  for (let index = 0; index < count && !fields.isAtEnd(); index++) {
    const id = fields.number(idSize);
    const method = fields.version === 0 ? 0 : fields.number(2) & 15;
    fields.skip(2);
    const base = fields.number(baseSize);
    const count = fields.number(2);
    const extents: Extent[] = [];
    // Where they take no bytes, there would be no end.
    const most = indexSize + offsetSize + lengthSize === 0 ? 1 : count;
    for (let each = 0; each < Math.min(count, most) && !fields.isAtEnd(); each++) {
      fields.skip(indexSize);
      extents.push({ at: base + fields.number(offsetSize), length: fields.number(lengthSize) });
    }
    if (method === 0) places.set(id, extents);
  }
  return places;
}

interface Properties {
  own: Map<string, Buffer[]>;
  associations: Association[];
}

function propertiesOf(iprp: Map<string, Buffer>): Map<number, Properties> {
  const all = boxes(iprp.get("ipco") ?? EMPTY);
  const ofItems = new Map<number, Properties>();
  const fields = fieldsOf(iprp.get("ipma") ?? EMPTY);
  const count = Math.min(fields.number(4), MAX_BOXES);
  for (let index = 0; index < count && !fields.isAtEnd(); index++) {
    const id = fields.number(fields.version < 1 ? 2 : 4);
    const { own, associations: said } = ofItems.get(id) ?? {
      own: new Map<string, Buffer[]>(),
      associations: [],
    };
    const associations = fields.number(1);
    for (let each = 0; each < associations; each++) {
      // The uppermost bit says that a reader has to know the property.
      const at = fields.place();
      const bytes = fields.flags & 1 ? 2 : 1;
      const value = fields.number(bytes);
      const property = all[(value & (bytes === 2 ? 0x7fff : 0x7f)) - 1];
      if (property === undefined) continue;
      const [type, payload] = property;
      said.push({ type, at, bytes, value });
      const others = own.get(type);
      if (others) others.push(payload);
      else own.set(type, [payload]);
    }
    ofItems.set(id, { own, associations: said });
  }
  return ofItems;
}

function referencesOf(iref: Buffer): ItemFile["references"] {
  const idSize = iref[0] === 0 ? 2 : 4;
  return boxes(iref.subarray(4)).map(([type, payload]) => {
    // These boxes have no version of their own.
    const fields = fieldsOf(Buffer.concat([Buffer.alloc(4), payload]));
    const from = fields.number(idSize);
    const count = Math.min(fields.number(2), Math.floor(payload.length / idSize));
    return { type, from, to: Array.from({ length: count }, () => fields.number(idSize)) };
  });
}
