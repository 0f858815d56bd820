import { describe, expect, it } from "vitest";
import type { Image } from "../../functions/shared/state.ts";
import { imageToReprocess, parseReprocess } from "../../functions/start-execution/reprocess.ts";
import { executionName, imagesIn } from "../../functions/start-execution/s3-event.ts";

interface ObjectOver {
  key?: string;
  versionId?: string | undefined;
  sequencer?: string;
  eTag?: string | undefined;
  size?: number | undefined;
}

function event(object: ObjectOver = {}, eventName = "ObjectCreated:Put") {
  return {
    eventVersion: "2.1",
    eventSource: "aws:s3",
    eventName,
    eventTime: "2026-05-06T07:08:09.123Z",
    s3: {
      bucket: { name: "photos", arn: "arn:aws:s3:::photos" },
      object: { key: "cat.jpg", size: 12, eTag: "abc", versionId: "v1", sequencer: "00AB", ...object },
    },
  };
}

const imagesFrom = (...records: object[]) => imagesIn(JSON.stringify({ Records: records })).uploaded;

function imageFrom(object?: ObjectOver): Image {
  const [image] = imagesFrom(event(object));
  if (image === undefined) throw new Error("The event gave no image.");
  return image;
}

describe("an S3 event", () => {
  it("becomes the image that an execution is about", () => {
    expect(imageFrom()).toEqual({
      imageId: expect.stringMatching(/^[0-9a-f]{32}$/),
      bucket: "photos",
      key: "cat.jpg",
      versionId: "v1",
      etag: "abc",
      sequencer: `${"0".repeat(28)}00AB`,
      bytes: 12,
      uploadedAt: "2026-05-06T07:08:09.123Z",
    });
  });

  it.each([
    ["two+words.jpg", "two words.jpg"],
    ["a%2Bb.jpg", "a+b.jpg"],
    ["100%25.jpg", "100%.jpg"],
    ["literal%252F.jpg", "literal%2F.jpg"],
    ["caf%C3%A9/%E7%8C%AB.jpg", "café/猫.jpg"],
  ])("with the key %s means %s", (written, key) => {
    expect(imageFrom({ key: written }).key).toBe(key);
  });

  it("of a user's folder names the owner, of any other place none", () => {
    expect(imageFrom({ key: "users/ann-1/cat.jpg" }).owner).toBe("ann-1");
    expect(imageFrom({ key: "users/cat.jpg" }).owner).toBeUndefined();
    expect(imageFrom({ key: "x/users/ann-1/cat.jpg" }).owner).toBeUndefined();
  });

  it("of a test gives nothing", () => {
    const test = { Service: "Amazon S3", Event: "s3:TestEvent", Bucket: "photos" };
    expect(imagesIn(JSON.stringify(test))).toEqual({ uploaded: [], removed: [] });
  });

  it.each([
    "ObjectRemoved:Delete",
    "ObjectRemoved:DeleteMarkerCreated",
    "LifecycleExpiration:DeleteMarkerCreated",
  ])("%s gives an image that is removed", (eventName) => {
    // As S3 sends it: without size and ETag.
    const removal = event({ key: "two+words.jpg", size: undefined, eTag: undefined }, eventName);
    expect(imagesIn(JSON.stringify({ Records: [event(), removal] }))).toMatchObject({
      uploaded: [{ key: "cat.jpg" }],
      removed: [{ key: "two words.jpg", bucket: "photos" }],
    });
  });

  it("may tell of several objects", () => {
    expect(
      imagesFrom(event({ key: "a" }), event({ key: "b/" }), event({ key: "c" })).map(({ key }) => key),
    ).toEqual(["a", "b/", "c"]);
  });

  it("that is none is an error, so that the message is kept", () => {
    expect(() => imagesIn("hello")).toThrow();
    expect(() => imagesIn('{"some":"thing"}')).toThrow();
  });
});

describe("sequencers", () => {
  it("of different lengths compare as the numbers they are", () => {
    expect(imageFrom({ sequencer: "FF" }).sequencer < imageFrom({ sequencer: "0100" }).sequencer).toBe(true);
  });
});

describe("the execution's name", () => {
  const name = (object?: ObjectOver) => executionName(imageFrom(object));

  it("is the same for the same version, whatever else the event says", () => {
    expect(name({ sequencer: "01" })).toBe(name({ sequencer: "02" }));
  });

  it("differs by version, key, and where there are no versions by content and order", () => {
    expect(name({ versionId: "v2" })).not.toBe(name());
    expect(name({ key: "dog.jpg" })).not.toBe(name());
    const unversioned = { versionId: undefined };
    expect(name({ ...unversioned, eTag: "x" })).not.toBe(name({ ...unversioned, eTag: "y" }));
    expect(name({ ...unversioned, sequencer: "1" })).not.toBe(name({ ...unversioned, sequencer: "2" }));
    expect(name({ versionId: "null", sequencer: "1" })).not.toBe(name({ versionId: "null", sequencer: "2" }));
  });

  it.each(["cat.jpg", "%F0%9F%98%80.jpg", "a".repeat(1024), "...", "caf%C3%A9+%2B%25.JPG"])(
    "of %s is one that Step Functions takes",
    (key) => {
      expect(name({ key })).toMatch(/^[A-Za-z0-9-]{32,80}$/);
    },
  );

  it("starts with the file's name, for whoever reads the list", () => {
    expect(name({ key: "holidays/My+cat.jpg" })).toMatch(/^My-cat-jpg-[0-9a-f]{32}$/);
  });
});

it("all versions of one key are one image, in whatever bucket they are, and another key is another", () => {
  expect(imageFrom({ versionId: "v2" }).imageId).toBe(imageFrom().imageId);
  const asked = { bucket: "restored-elsewhere", key: "cat.jpg", run: "1" };
  const current = { versionId: "v1", etag: "abc", bytes: 12, uploadedAt: "2026-05-06T07:08:09.000Z" };
  expect(imageToReprocess(asked, current, undefined).imageId).toBe(imageFrom().imageId);
  expect(imageFrom({ key: "dog.jpg" }).imageId).not.toBe(imageFrom().imageId);
});

describe("a message that asks to process an image again", () => {
  const asked = { bucket: "photos", key: "holidays/a+b %2F.jpg", run: "2026-11-21T10:00:00Z-ab12" };

  it("names bucket, key as it is, and run", () => {
    expect(parseReprocess(JSON.stringify({ reprocess: asked }))).toEqual(asked);
  });

  it("is told from an event of S3", () => {
    expect(parseReprocess(JSON.stringify({ Records: [event()] }))).toBeUndefined();
    expect(parseReprocess('"reprocess"')).toBeUndefined();
  });

  it.each([
    ["no key", { ...asked, key: undefined }],
    ["an empty key", { ...asked, key: "" }],
    ["no run", { ...asked, run: undefined }],
    ["a version", { ...asked, versionId: "v1" }],
  ])("is an error with %s, so that the message is kept", (_, reprocess) => {
    expect(() => parseReprocess(JSON.stringify({ reprocess }))).toThrow();
    expect(() => imagesIn(JSON.stringify({ reprocess }))).toThrow();
  });
});

describe("an image that is processed again", () => {
  const asked = { bucket: "photos", key: "users/ann-1/cat.jpg", run: "1" };
  const current = { versionId: "v1", etag: "abc", bytes: 12, uploadedAt: "2026-05-06T07:08:09.000Z" };
  const recorded = (over: object = {}) => {
    const { sequencer, uploadedAt } = imageFrom({ key: asked.key });
    const original = { key: asked.key, versionId: "v1", etag: "abc", bytes: 12 };
    const execution = { arn: "arn", name: "n" };
    const lastAttempt = { status: "PROCESSED" as const, at: uploadedAt, sequencer, execution };
    return { lastAttempt, uploadedAt, original, ...over };
  };

  it("is the one of its upload, when that is recorded", () => {
    expect(imageToReprocess(asked, current, recorded())).toEqual(imageFrom({ key: asked.key }));
  });

  it("is below every upload, when nothing is recorded of one", () => {
    const pending = { lastAttempt: undefined, original: { key: asked.key } };
    for (const record of [undefined, recorded(pending)]) {
      const image = imageToReprocess(asked, current, record);
      expect(image).toEqual({ ...imageFrom({ key: asked.key }), ...current, sequencer: "0".repeat(32) });
      expect(image.sequencer < imageFrom({ sequencer: "1" }).sequencer).toBe(true);
    }
  });

  it("is between the upload that is recorded and all later ones, when it is another version", () => {
    const other = { ...current, versionId: "v2", etag: "def" };
    const { sequencer, uploadedAt } = imageToReprocess(asked, other, recorded());
    expect(sequencer > imageFrom({ sequencer: "00AB" }).sequencer).toBe(true);
    expect(sequencer < imageFrom({ sequencer: "00AC" }).sequencer).toBe(true);
    expect(uploadedAt).toBe(current.uploadedAt);
  });

  it("has an execution of its own in each run, and one only", () => {
    const image = imageToReprocess(asked, current, recorded());
    expect(executionName(image, "1")).toBe(executionName(image, "1"));
    expect(executionName(image, "1")).toMatch(/^cat-jpg-[0-9a-f]{32}$/);
    const names = [executionName(image), executionName(image, "1"), executionName(image, "2")];
    const ofOtherVersion = executionName({ ...image, versionId: "v2" }, "1");
    expect(new Set([...names, ofOtherVersion]).size).toBe(4);
  });
});
