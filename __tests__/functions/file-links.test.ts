import fc from "fast-check";
import { afterEach, expect, it, vi } from "vitest";
import { fileLink, fileLinkExpiry } from "../../functions/api/file-links.ts";
import {
  isPrivateFile,
  ownedKey,
  ownerOf,
  privateFolder,
  publishedPrefix,
} from "../../functions/shared/keys.ts";

afterEach(() => vi.unstubAllEnvs());

const DAY_MS = 24 * 60 * 60 * 1000;

it("an address works for more than a day, and at most for two, until midnight", () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true }), (now) => {
      const expiry = fileLinkExpiry(now.getTime());
      const left = expiry.getTime() - now.getTime();
      expect(left).toBeGreaterThan(DAY_MS);
      expect(left).toBeLessThanOrEqual(2 * DAY_MS);
      expect(expiry.toISOString()).toMatch(/T00:00:00\.000Z$/);
    }),
  );
});

it("without a distribution, files have no addresses at the edge", async () => {
  expect(await fileLink("ann", "files/ann/id/version/large.webp")).toBeUndefined();
});

it("nor have those that were published outside of its folder", async () => {
  vi.stubEnv("EDGE_URL", "https://photos.example.org");
  vi.stubEnv("EDGE_SIGNING_KEY", "arn:aws:kms:us-east-1:111122223333:key/signer");
  vi.stubEnv("EDGE_KEY_PAIR_ID", "K1");
  expect(await fileLink("ann", "id/version/large.webp")).toBeUndefined();
});

it("no owner's folder is a part of another's, or a pattern of others'", () => {
  const owner = fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => !text.includes("/"));
  fc.assert(
    fc.property(owner, owner, (one, other) => {
      const folder = privateFolder(one);
      expect(folder).toMatch(/^files\/[\w-]+\/$/);
      expect(folder).not.toBe(privateFolder());
      expect(privateFolder(other) === folder).toBe(one === other);
      const file = `${publishedPrefix({ imageId: "id", owner: ownerOf(ownedKey(one, "unique", "a.jpg")) }, "v")}large.webp`;
      expect(file.startsWith(folder)).toBe(true);
      expect(isPrivateFile(file)).toBe(true);
    }),
  );
});
