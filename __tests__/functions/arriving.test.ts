import { describe, expect, it } from "vitest";
import { arriving } from "../../functions/watermark/arriving.ts";

/** What is read in pieces of so many bytes, that many of it. */
async function* inPieces(bytes: Buffer, size: number, until = bytes.length): AsyncGenerator<Buffer> {
  for (let at = 0; at < until; at += size) yield bytes.subarray(at, Math.min(until, at + size));
}

const bytes = Buffer.from("aabbbbcdddddddd");
const parts = [
  { offset: 0, bytes: 2 },
  { offset: 2, bytes: 4 },
  // One byte is nobody's.
  { offset: 7, bytes: 8 },
];
const read = async (arrived: Map<number, Promise<Buffer>>) =>
  Promise.all([...arrived].map(async ([offset, data]) => [offset, (await data).toString()]));

describe("parts of what is read", () => {
  it.each([1, 2, 3, 5, 7, 15])("are put together from pieces of %i bytes", async (size) => {
    const expected = [
      [0, "aa"],
      [2, "bbbb"],
      [7, "dddddddd"],
    ];
    expect(await read(arriving(Promise.resolve(inPieces(bytes, size)), parts))).toEqual(expected);
    expect(await read(arriving(Promise.resolve(inPieces(bytes, size)), parts.toReversed()))).toEqual(
      expected.toReversed(),
    );
  });

  it("are there before what lies behind them is", async () => {
    const rest = Promise.withResolvers<void>();
    async function* slowly() {
      yield bytes.subarray(0, 8);
      await rest.promise;
      yield bytes.subarray(8);
    }
    const arrived = arriving(Promise.resolve(slowly()), parts);
    expect(String(await arrived.get(2))).toBe("bbbb");
    rest.resolve();
    expect(String(await arrived.get(7))).toBe("dddddddd");
  });

  it("fail where less comes than there should be, but for those that came", async () => {
    const arrived = arriving(Promise.resolve(inPieces(bytes, 4, 12)), parts);
    expect(String(await arrived.get(0))).toBe("aa");
    await expect(arrived.get(7)).rejects.toThrow("Only 12 bytes came, fewer than were staged.");
  });

  it("fail where nothing can be read", async () => {
    const arrived = arriving(Promise.reject(new Error("There is no such object.")), parts);
    const outcomes = await Promise.allSettled(arrived.values());
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  });
});
