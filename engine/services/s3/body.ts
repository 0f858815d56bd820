/** The bytes of objects and parts. They are kept in memory; nothing but this file knows where they are. */

/** Both ends included. */
export interface Range {
  start: number;
  end: number;
}

export interface Body {
  /** Bytes. */
  readonly size: number;
  read(range?: Range): Promise<Buffer>;
}

export async function keepBody(bytes: Buffer): Promise<Body> {
  return {
    size: bytes.length,
    read: async (range) => (range ? bytes.subarray(range.start, range.end + 1) : bytes),
  };
}

/** One body out of several. */
export async function joinBodies(bodies: Body[]): Promise<Body> {
  return keepBody(Buffer.concat(await Promise.all(bodies.map((body) => body.read()))));
}
