/** Parts of what is still being read. */

export interface Part {
  offset: number;
  bytes: number;
}

/**
 * Each part by its offset, as soon as it has arrived; what lies behind it is read on meanwhile.
 * @param parts that do not overlap. What lies between them is left out.
 * @returns promises that are all rejected if reading fails, but for those of parts that had arrived.
 */
export function arriving(body: Promise<AsyncIterable<Buffer>>, parts: Part[]): Map<number, Promise<Buffer>> {
  const places: Place[] = [];
  const different = new Map(parts.map((part) => [part.offset, part]));
  const arrived = [...different.values()].map(({ offset, bytes }) => {
    const part = new Promise<Buffer>((resolve, reject) => {
      places.push({ offset, data: Buffer.allocUnsafe(bytes), resolve, reject });
    });
    return [offset, part] as const;
  });
  readInto(places, body).catch((error: unknown) => {
    for (const { reject } of places) reject(error);
  });
  return new Map(arrived);
}

interface Place {
  offset: number;
  data: Buffer;
  resolve(data: Buffer): void;
  reject(error: unknown): void;
}

async function readInto(places: Place[], body: Promise<AsyncIterable<Buffer>>): Promise<void> {
  const missing = places.toSorted((one, other) => one.offset - other.offset);
  let begin = 0;
  for await (const chunk of await body) {
    const end = begin + chunk.length;
    for (let place = missing[0]; place && place.offset < end; place = missing[0]) {
      const { offset, data } = place;
      chunk.copy(data, Math.max(0, begin - offset), Math.max(0, offset - begin));
      if (offset + data.length > end) break;
      place.resolve(data);
      missing.shift();
    }
    begin = end;
  }
  if (missing.length > 0) throw new Error(`Only ${begin} bytes came, fewer than were staged.`);
}
