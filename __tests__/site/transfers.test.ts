import { afterEach, describe, expect, it, vi } from "vitest";
import { Problem, Unreachable } from "../../site/src/api/problem.ts";
import { PART_BYTES, sending } from "./transfers-support.ts";

afterEach(() => vi.unstubAllGlobals());

const BYTES = 2 * PART_BYTES + 1000;
const puts = (requests: string[]) => requests.filter((name) => name.startsWith("PUT"));

describe("a file", () => {
  it.each([
    [PART_BYTES, ["PUT whole"]],
    [PART_BYTES + 1, ["begin", "PUT 1", "PUT 2", "complete"]],
  ])("of %i bytes is sent by %j", async (bytes, expected) => {
    const page = sending(bytes);
    const imageId = await page.send();
    expect(page.requests).toEqual(expected);
    expect(page.objects).toEqual(new Map([[imageId, bytes]]));
    expect(page.noted.size).toBe(0);
    expect(page.changes.at(-1)).toEqual({ sentPart: 1 });
  });
});

describe("a file that S3 has", () => {
  it.each([
    ["the answer was lost", "unanswered", ["PUT whole", "PUT whole"]],
    ["an earlier try is not over", 409, ["PUT whole", "PUT whole"]],
  ] as const)("counts as sent, and is sent again, where %s", async (_, fault, expected) => {
    const page = sending(PART_BYTES);
    page.fail("PUT whole", fault);
    const imageId = await page.send();
    expect(page.requests).toEqual(expected);
    expect(page.objects).toEqual(new Map([[imageId, PART_BYTES]]));
    expect(page.announced.size).toBe(1);
  });

  it("counts as sent where its end is answered so", async () => {
    const page = sending(BYTES);
    page.fail("complete", 412);
    await page.send();
    expect(page.requests).toEqual(["begin", "PUT 1", "PUT 2", "PUT 3", "complete"]);
    expect(page.noted.size).toBe(0);
  });
});

describe("a file in parts", () => {
  it("goes on where it was, from how far it was", async () => {
    const page = sending(BYTES);
    page.fail("PUT 2", "unheard", "unheard");
    await page.send();
    expect(puts(page.requests).sort()).toEqual(["PUT 1", "PUT 2", "PUT 3"]);
    expect([...page.objects.values()]).toEqual([BYTES]);
    const again = page.changes.flatMap(({ status, sentPart }) => (status === "sending" ? [sentPart] : []));
    expect(again[0]).toBe(0);
    expect(Math.min(...again.slice(1).map(Number))).toBeGreaterThanOrEqual(PART_BYTES / BYTES);
  });

  it("does not send a part again whose answer alone was lost", async () => {
    const page = sending(BYTES);
    page.fail("PUT 2", "unanswered");
    await page.send();
    expect(puts(page.requests).sort()).toEqual(["PUT 1", "PUT 2", "PUT 3"]);
  });

  it("is sent with new signatures where those it had are over", async () => {
    const page = sending(BYTES);
    page.fail("PUT 1", 403);
    page.fail("complete", 403);
    await page.send();
    expect([...page.objects.values()]).toEqual([BYTES]);
  });

  it("is tried again for as long as each try brings something", async () => {
    const page = sending(8 * PART_BYTES);
    for (let number = 2; number <= 8; number++) page.fail(`PUT ${number}`, "unheard");
    await page.send();
    expect(page.waits.length).toBeGreaterThan(3);
    expect([...page.objects.values()]).toEqual([8 * PART_BYTES]);
  });

  it("fails when nothing comes any more, and goes on when the person wants it", async () => {
    const page = sending(BYTES);
    page.fail("PUT 3", "unheard", "unheard", "unheard", "unheard");
    await expect(page.send()).rejects.toThrow(Unreachable);
    // The first try brought two parts.
    expect(page.waits).toEqual([1000, 2000, 4000]);
    await page.send();
    expect(puts(page.requests).sort()).toEqual(["PUT 1", "PUT 2", "PUT 3"]);
    expect(page.announced.size).toBe(1);
  });

  it("begins anew where S3 does not know the upload any more", async () => {
    const page = sending(BYTES);
    page.fail("PUT 2", "unheard");
    page.fail("list", 404);
    const imageId = await page.send();
    expect(page.requests.filter((name) => name === "begin")).toHaveLength(2);
    expect(page.removed).toEqual(["image1"]);
    expect(page.objects).toEqual(new Map([[imageId, BYTES]]));
  });

  it("begins anew once, and no more", async () => {
    const page = sending(BYTES);
    page.fail("PUT 1", 404, 404);
    await expect(page.send()).rejects.toThrow(Problem);
    expect(page.requests.filter((name) => name === "begin")).toHaveLength(2);
  });

  it("is announced anew where the announcement is over", async () => {
    const page = sending(BYTES);
    page.fail("PUT 2", () => page.announced.delete("image1"));
    expect(await page.send()).toBe("image2");
    expect(page.objects).toEqual(new Map([["image2", BYTES]]));
  });

  it("is sent once, where the answer to its end was lost and S3 has forgotten the upload", async () => {
    const page = sending(BYTES);
    page.fail("complete", "unanswered");
    const imageId = await page.send();
    expect(page.requests).toEqual(["begin", "PUT 1", "PUT 2", "PUT 3", "complete", "complete"]);
    expect(page.removed).toEqual([]);
    expect(page.objects).toEqual(new Map([[imageId, BYTES]]));
  });

  it("is only ended, where S3 has not heard that it should end", async () => {
    const page = sending(BYTES);
    page.fail("complete", "unheard");
    await page.send();
    expect(page.requests).toEqual(["begin", "PUT 1", "PUT 2", "PUT 3", "complete"]);
  });

  it.each(["begin", "PUT 1", "list"])("leaves nothing where it is given up at %s", async (at) => {
    const page = sending(BYTES);
    page.fail("PUT 2", "unheard");
    page.fail(at, () => {
      page.abort.abort();
      page.transfers.giveUp(page.draft.id);
    });
    await expect(page.send()).rejects.toThrow();
    await expect.poll(() => page.uploads.size).toBe(0);
    expect(page.removed).toEqual(["image1"]);
    expect(page.noted.size).toBe(0);
  });

  it("of a page that is not there any more is ended by the next one", async () => {
    const page = sending(BYTES);
    page.fail("PUT 3", "unheard", "unheard", "unheard", "unheard");
    await expect(page.send()).rejects.toThrow(Unreachable);
    expect(page.uploads.size).toBe(1);
    for (const left of page.noted.values()) await page.transfers.clear(left);
    expect(page.uploads.size).toBe(0);
    expect(page.removed).toEqual(["image1"]);
  });
});
