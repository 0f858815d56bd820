import { CopyObjectCommand, DeleteObjectCommand } from "@aws-sdk/client-s3";
import { ListExecutionsCommand, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import sharp from "sharp";
import { describe, expect } from "vitest";
import { animation, blue, red, sample } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { it } from "../fixtures/shared-pipeline.ts";

let pipeline: Pipeline;
it.beforeAll(({ pipeline: shared }) => {
  pipeline = shared;
});

describe("a photograph", () => {
  it("comes out in every variant and format, at the right size, marked, without metadata", async () => {
    const photograph = await sharp(sample("hubble_deep_field.jpg"))
      .resize(2100, 700)
      .withExif({ IFD0: { Make: "Canon" }, IFD3: { GPSLatitudeRef: "N", GPSLatitude: "51/1 30/1 0/1" } })
      .jpeg()
      .toBuffer();
    const execution = await pipeline.process("holidays/sky.jpg", photograph);
    expect(execution.status).toBe("SUCCEEDED");

    const record = await pipeline.record("holidays/sky.jpg");
    expect(record).toMatchObject({
      status: "PROCESSED",
      name: "sky.jpg",
      original: { key: "holidays/sky.jpg", bytes: photograph.length },
      lastAttempt: { status: "PROCESSED", execution: { arn: execution.arn } },
      published: {
        version: expect.stringMatching(/^[0-9a-f]{16}$/),
        original: { bytes: photograph.length, format: "jpeg", width: 2100, height: 700 },
        camera: { make: "Canon" },
        thumbhash: expect.stringMatching(/^[A-Za-z0-9+/=]{20,60}$/),
        dominantColour: expect.stringMatching(/^#[0-9a-f]{6}$/),
        timingsMs: {
          validate: expect.any(Number),
          resize: expect.any(Number),
          watermark: expect.any(Number),
          total: expect.any(Number),
        },
      },
    });
    const { version = "", variants = [] } = record?.published ?? {};
    const folder = `files/_/${pipeline.imageIdOf("holidays/sky.jpg")}/${version}`;
    const sizes = variants.map(({ key, width, height }) => `${key} ${width}x${height}`);
    expect(sizes).toEqual(
      [
        ["large", "2048x683"],
        ["medium", "1024x341"],
        ["small", "512x171"],
        ["thumbnail", "256x256"],
      ].flatMap(([name, size]) => ["webp", "jpeg"].map((format) => `${folder}/${name}.${format} ${size}`)),
    );
    for (const variant of variants) {
      const file = await pipeline.published(variant.key);
      expect(file.length).toBe(variant.bytes);
      const { width, height, format, exif, icc, xmp } = await sharp(file).metadata();
      expect({ width, height, format }).toEqual({
        width: variant.width,
        height: variant.height,
        format: variant.format,
      });
      expect([exif, icc, xmp]).toEqual([undefined, undefined, undefined]);
      expect(await pipeline.headPublished(variant.key)).toMatchObject({
        ContentType: `image/${variant.format}`,
        CacheControl: "private, max-age=31536000, immutable",
      });
    }
  });

  it("that was compressed hard does not come out larger in its own size and format", async () => {
    const photograph = await sharp(sample("rocket.jpg")).jpeg({ quality: 40 }).toBuffer();
    await pipeline.process("hard.jpg", photograph);
    const { variants = [] } = (await pipeline.record("hard.jpg"))?.published ?? {};
    const same = variants.filter(({ width, format }) => width === 640 && format === "jpeg");
    expect(same.length).toBeGreaterThan(0);
    for (const { bytes } of same) expect(bytes).toBeLessThanOrEqual(photograph.length);
  });

  it("is the same picture, with the mark in its corner and nowhere else", async () => {
    const photograph = sample("coffee.png");
    // A thumbnail of its middle, to compare it with.
    await pipeline.process("coffee.png", photograph, { metadata: { focus: "0.5,0.5" } });
    const small = await sharp(await pipeline.shown("coffee.png", "small.webp"))
      .raw()
      .toBuffer({ resolveWithObject: true });
    const { data, info } = await sharp(photograph)
      .resize(small.info.width, small.info.height)
      .raw()
      .toBuffer({
        resolveWithObject: true,
      });
    const differenceIn = (left: number, top: number, width: number, height: number) => {
      let sum = 0;
      for (let y = top; y < top + height; y++)
        for (let x = left * 3; x < (left + width) * 3; x++)
          sum += Math.abs((data[y * info.width * 3 + x] ?? 0) - (small.data[y * info.width * 3 + x] ?? 0));
      return sum / (width * height * 3);
    };
    expect(differenceIn(0, 0, info.width, info.height - 60)).toBeLessThan(6);
    const marked = differenceIn(info.width - 140, info.height - 32, 130, 22);
    expect(marked).toBeGreaterThan(12);
    const thumbnail = await pipeline.shown("coffee.png", "thumbnail.webp");
    const unmarked = await sharp(photograph)
      .resize(256, 256, { fit: "cover" })
      .removeAlpha()
      .raw()
      .toBuffer();
    const thumbnailPixels = await sharp(thumbnail).raw().toBuffer();
    const corner = unmarked.subarray(-256 * 3 * 20);
    const difference = corner.reduce(
      (sum, byte, index) =>
        sum + Math.abs(byte - (thumbnailPixels[thumbnailPixels.length - corner.length + index] ?? 0)),
      0,
    );
    expect(difference / corner.length).toBeLessThan(6);
  });

  it("that is animated stays so in WebP", async () => {
    await pipeline.process("dance.gif", await animation("gif", 3, 120, 80));
    const { metadata } = {
      metadata: await sharp(await pipeline.shown("dance.gif", "large.webp"), {
        animated: true,
      }).metadata(),
    };
    expect(metadata).toMatchObject({ pages: 3, width: 120, pageHeight: 80, delay: [100, 110, 120], loop: 2 });
    const record = await pipeline.record("dance.gif");
    expect(record?.published?.original).toMatchObject({ format: "gif", frames: 3 });
  });

  it("that is sent with a name and a caption keeps them, in any script", async () => {
    await pipeline.process("users/ann/cat.png", red, {
      metadata: {
        name: encodeURIComponent("Chelsea 猫"),
        caption: encodeURIComponent("asleep — <b>50 %</b>"),
      },
    });
    expect(await pipeline.record("users/ann/cat.png")).toMatchObject({
      owner: "ann",
      name: "Chelsea 猫",
      caption: "asleep — <b>50 %</b>",
    });
  });

  it("of a user is among that user's newest", async () => {
    await pipeline.process("users/bob/1.png", red);
    await pipeline.process("users/bob/2.png", red);
    const { Items = [] } = await pipeline.clients.table.send(
      new QueryCommand({
        TableName: pipeline.names.table,
        IndexName: "byOwner",
        KeyConditionExpression: "#owner = :owner",
        ExpressionAttributeNames: { "#owner": "owner" },
        ExpressionAttributeValues: { ":owner": "bob" },
        ScanIndexForward: false,
      }),
    );
    expect(Items.map(({ imageId }) => imageId)).toEqual(
      ["users/bob/2.png", "users/bob/1.png"].map((key) => pipeline.imageIdOf(key)),
    );
  });

  it.each([
    "with space.png",
    "plus+sign.png",
    "per%cent.png",
    "encoded%2Fslash.png",
    "ünïcödé/猫 😀.png",
    `${"long/".repeat(203)}${"x".repeat(5)}.png`,
  ])("under the key %s is processed and recorded under that very key", async (key) => {
    expect(Buffer.byteLength(key)).toBeLessThanOrEqual(1024);
    const { status } = await pipeline.process(key, red);
    expect(status).toBe("SUCCEEDED");
    expect((await pipeline.record(key))?.original.key).toBe(key);
  });

  it("that was copied within the bucket is an image too", async () => {
    const { original } = pipeline.names;
    await pipeline.process("source.png", red);
    const { VersionId = "" } = await pipeline.clients.s3.send(
      new CopyObjectCommand({
        Bucket: original,
        Key: "copy of source.png",
        CopySource: `${original}/source.png`,
      }),
    );
    expect((await pipeline.ended(VersionId)).status).toBe("SUCCEEDED");
  });
});

describe("an execution", () => {
  it("can be inspected as in the console: its list, its steps, their input and output", async () => {
    const execution = await pipeline.process("inspected.png", red);
    expect(execution.name).toMatch(/^inspected-png-[0-9a-f]{32}$/);
    const { executions = [] } = await pipeline.clients.states.send(
      new ListExecutionsCommand({
        stateMachineArn: pipeline.engine.outputs.state_machine_arn,
        statusFilter: "SUCCEEDED",
      }),
    );
    expect(executions.map(({ executionArn }) => executionArn)).toContain(execution.arn);
    const history = await pipeline.historyOf(execution);
    const entered = history.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []);
    expect(entered).toEqual(["Validate", "Resize", "Watermark", "RecordMetadata"]);
    expect(JSON.stringify(history).length).toBeLessThan(256 * 1024);
  });

  it("tells the topic, with a sentence", async () => {
    const told = await pipeline.subscribeToOutcomes();
    await pipeline.process("users/ann/told.png", red);
    const [outcome] = await told(1);
    expect(outcome).toMatchObject({
      status: "PROCESSED",
      summary: "told.png was processed into 4 files.",
      imageId: pipeline.imageIdOf("users/ann/told.png"),
      owner: "ann",
      original: { bucket: pipeline.names.original, key: "users/ann/told.png" },
      // What subscribers can filter by.
      attributes: {
        status: { Type: "String", Value: "PROCESSED" },
        owner: { Type: "String", Value: "ann" },
      },
    });
  });

  it("writes logs that carry the image and the execution on every line, and its metrics once", async () => {
    const before = pipeline.metric("ImagesProcessed").length;
    const execution = await pipeline.process("logged.png", red);
    await pipeline.idle();
    const steps = pipeline.logsOf("logged.png").filter(({ message }) => message === "Step done");
    expect(steps.map(({ service }) => service)).toEqual([
      "validate",
      "resize",
      "watermark",
      "record-metadata",
    ]);
    for (const line of steps) expect(line).toMatchObject({ execution: execution.name, key: "logged.png" });
    expect(pipeline.metric("ImagesProcessed").length).toBe(before + 1);
    expect(pipeline.metric("BytesSaved").length).toBeGreaterThan(0);
  });
});

describe("the same version, delivered twice,", () => {
  it("is one execution", async () => {
    const execution = await pipeline.process("twice.png", red);
    const started = pipeline.events("started").find((event) => event.execution.arn === execution.arn);
    const again = pipeline.clients.states.send(
      new StartExecutionCommand({
        stateMachineArn: pipeline.engine.outputs.state_machine_arn,
        name: execution.name,
        input: started?.execution.input,
      }),
    );
    await expect(again).rejects.toMatchObject({ name: "ExecutionAlreadyExists" });
  });

  it("uploaded twice at once, is two versions of one image, of which the newer is recorded", async () => {
    const [one, two] = await Promise.all([
      pipeline.upload("race.png", red),
      pipeline.upload("race.png", blue),
    ]);
    const executions = await Promise.all([pipeline.ended(one), pipeline.ended(two)]);
    expect(executions.map(({ status }) => status)).toEqual(["SUCCEEDED", "SUCCEEDED"]);
    const sequencers = pipeline
      .events("started")
      .map(({ execution }) => JSON.parse(execution.input).image)
      .filter(({ key }) => key === "race.png")
      .toSorted((a, b) => (a.sequencer < b.sequencer ? 1 : -1));
    const record = await pipeline.record("race.png");
    expect(record?.published?.original.versionId).toBe(sequencers[0]?.versionId);
    const { width } = await sharp(await pipeline.shown("race.png", "large.webp")).metadata();
    expect(width).toBe(record?.published?.original.width);
  });
});

it("an older version whose event comes late is not what is recorded or shown", async () => {
  const key = "late.png";
  const giveBack = pipeline.engine.permissions.withhold({
    role: "image-pipeline-dev-start-execution-role",
    action: "states:StartExecution",
  });
  const left = pipeline.nextLeft();
  const older = await pipeline.upload(key, red);
  const messages = await left.finally(giveBack);
  const newer = await pipeline.process(key, blue);
  await pipeline.deliverAgain(messages);
  await pipeline.ended(older);
  expect(await pipeline.record(key)).toMatchObject({
    status: "PROCESSED",
    published: { original: { width: 90 } },
    lastAttempt: { execution: { arn: newer.arn } },
  });
});

it("an older version that finishes late overwrites neither record nor variants", async () => {
  const key = "overwritten.png";
  const told = await pipeline.subscribeToOutcomes();
  const read = pipeline.hold({ service: "s3", operation: "GetObject", key });
  const older = await pipeline.upload(key, red);
  await read.reached();
  const newer = await pipeline.upload(key, blue);
  const first = await pipeline.ended(newer);
  expect(first.status).toBe("SUCCEEDED");
  read.release();
  const late = await pipeline.ended(older);
  const record = await pipeline.record(key);
  expect(record).toMatchObject({
    published: { original: { versionId: newer, width: 90 } },
    lastAttempt: { execution: { arn: first.arn } },
  });
  expect((await sharp(await pipeline.shown(key, "large.webp")).metadata()).width).toBe(90);
  const files = record?.published?.variants.map((variant) => variant.key) ?? [];
  expect(await pipeline.filesOf(pipeline.imageIdOf(key))).toEqual([...new Set(files)].sort());
  const history = await pipeline.historyOf(late);
  expect(history.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []).at(-1)).toBe(
    "Superseded",
  );
  expect((await told(1)).map(({ execution }) => execution)).not.toContain(late.arn);
});

describe("an image that was deleted", () => {
  const remove = (key: string) =>
    pipeline.clients.s3.send(new DeleteObjectCommand({ Bucket: pipeline.names.original, Key: key }));
  const holdUpHead = (key: string) => pipeline.hold({ service: "s3", operation: "HeadObject", key });

  it("before its event was dealt with is not processed at all", async () => {
    const key = "regretted at once.png";
    const head = holdUpHead(key);
    await pipeline.upload(key, red);
    await head.reached();
    await remove(key);
    head.release();
    await pipeline.idle();
    expect(await pipeline.record(key)).toBeUndefined();
  });

  it("before it was read is not brought back", async () => {
    const key = "regretted.png";
    const reading = pipeline.hold({ service: "s3", operation: "GetObject", key });
    const version = await pipeline.upload(key, red);
    await reading.reached();
    await remove(key);
    await expect.poll(() => pipeline.record(key)).toBeUndefined();
    reading.release();
    await pipeline.ended(version);
    await pipeline.idle();
    expect(await pipeline.record(key)).toBeUndefined();
    expect(await pipeline.filesOf(pipeline.imageIdOf(key))).toEqual([]);
  });
});
