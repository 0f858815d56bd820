/** What a stack does as its settings say: presets, what of metadata is kept, a budget. */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { StartExecutionCommand } from "@aws-sdk/client-sfn";
import { DeleteCommand } from "@aws-sdk/lib-dynamodb";
import readExif from "exif-reader";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { CREDENTIALS } from "../../cli/client.ts";
import { isDisplayP3 } from "../../functions/resize/display-p3.ts";
import { rightsFrom } from "../../functions/validate/rights.ts";
import { accessIn } from "../fixtures/access.ts";
import { type ApiClient, announce, apiClientOf, put } from "../fixtures/api-client.ts";
import { plain, sample } from "../fixtures/images.ts";
import { type Pipeline, startPipeline } from "../fixtures/pipeline.ts";

const product = {
  prefixes: ["products/"],
  variants: [
    {
      name: "shop",
      trim: true,
      width: 120,
      height: 120,
      fit: "contain",
      formats: ["webp"],
      watermark: false,
    },
  ],
};
const portrait = {
  onRequest: true,
  variants: [
    {
      name: "card",
      width: 160,
      height: 200,
      fit: "cover",
      position: "attention",
      greyscale: true,
      formats: ["jpeg"],
    },
    { name: "icon", width: 48, height: 48, fit: "cover", formats: ["png"] },
  ],
};

const FORMATS = ["webp", "jpeg", "avif", "png"];

let pipeline: Pipeline;
let client: ApiClient;
let lambda: LambdaClient;
beforeAll(async () => {
  pipeline = await startPipeline({
    IMAGE_PIPELINE_PRESETS: JSON.stringify({
      product,
      portrait,
      "product-xl": { ...product, prefixes: ["products/xl/"] },
    }),
    IMAGE_PIPELINE_VARIANTS: JSON.stringify([
      { name: "small", width: 100, height: 100, formats: FORMATS, quality: 95 },
    ]),
    IMAGE_PIPELINE_KEEP_METADATA: '["copyright", "displayP3"]',
    IMAGE_PIPELINE_BUDGET: '{"monthlyDollars": 100}',
    IMAGE_PIPELINE_SIGN_UP: '{"domains": ["example.org", "example.com"]}',
    IMAGE_PIPELINE_QUOTAS: "false",
  });
  client = await apiClientOf(pipeline, "presets@example.org");
  const { endpoint, region } = pipeline.engine;
  lambda = new LambdaClient({ endpoint, region, credentials: CREDENTIALS });
});
afterAll(async () => {
  lambda?.destroy();
  await pipeline?.stop();
});

const photograph = await plain(512, 512, "#2060a0").png().toBuffer();
const made = async (key: string) => {
  const { preset, variants = [] } = (await pipeline.record(key))?.published ?? {};
  return {
    preset: preset?.name,
    files: variants.map(({ name, format, width, height }) => `${name}.${format} ${width}x${height}`),
  };
};
const DEFAULT = { preset: "default", files: FORMATS.map((format) => `small.${format} 100x100`) };
const PORTRAIT = { preset: "portrait", files: ["card.jpeg 160x200", "icon.png 48x48"] };

describe("an image is processed with", () => {
  it("the default preset, when nobody says anything", async () => {
    await pipeline.process("plain.png", photograph);
    expect(await made("plain.png")).toEqual(DEFAULT);
  });

  it("the preset of its key's prefix, as it says: trimmed, on white, without a mark", async () => {
    const shoe = await sharp(await plain(300, 200, "#ffffff").png().toBuffer())
      .composite([{ input: await plain(100, 50, "#c02020").png().toBuffer(), left: 20, top: 30 }])
      .removeAlpha()
      .png()
      .toBuffer();
    await pipeline.process("products/shoe.png", shoe);
    expect(await made("products/shoe.png")).toEqual({ preset: "product", files: ["shop.webp 120x120"] });
    const { data, info } = await sharp(await pipeline.shown("products/shoe.png", "shop.webp"))
      .raw()
      .toBuffer({ resolveWithObject: true });
    const at = (x: number, y: number) => [
      ...data.subarray((y * info.width + x) * info.channels).subarray(0, 3),
    ];
    expect(Math.min(...at(60, 20))).toBeGreaterThan(240);
    expect(at(60, 60)[0]).toBeGreaterThan(150);
    expect(at(60, 60)[1]).toBeLessThan(80);
  });

  it("the preset of the longest prefix", async () => {
    await pipeline.process("products/xl/boot.png", photograph);
    expect((await made("products/xl/boot.png")).preset).toBe("product-xl");
  });

  it("the preset that its metadata ask for, also when it is processed again", async () => {
    await pipeline.process("asks.png", photograph, { metadata: { preset: "portrait" } });
    expect(await made("asks.png")).toEqual(PORTRAIT);
    const { preset } = (await pipeline.record("asks.png"))?.published ?? {};
    expect(preset?.version).toMatch(/^[0-9a-f]{12}$/);
    const { data } = await sharp(await pipeline.shown("asks.png", "icon.png"))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(data.length).toBeGreaterThan(0);
    await pipeline.processAgain("asks.png");
    expect(await made("asks.png")).toEqual(PORTRAIT);
    expect((await pipeline.record("asks.png"))?.published?.preset).toEqual(preset);
  });

  it("the preset that the upload asks for, by any way of the API, and by its owner's wish to process it again", async () => {
    const form = new FormData();
    form.set("file", new Blob([new Uint8Array(photograph)], { type: "image/png" }), "a.png");
    form.set("preset", "portrait");
    const sent = await client.call("POST", "/images", { body: form });
    const file = { fileName: "a.png", contentType: "image/png", preset: "portrait" };
    const ticket = await announce(client, photograph, file);
    expect(ticket.headers["x-amz-meta-preset"]).toBe("portrait");
    expect((await put(ticket.uploadUrl, photograph, ticket.headers)).status).toBe(200);
    for (const { imageId } of [sent.body, ticket]) {
      const image = await client.done(imageId);
      expect(image).toMatchObject({ status: "PROCESSED", preset: { name: "portrait" } });
    }
    await client.call("POST", `/images/${ticket.imageId}/reprocess`);
    await pipeline.idle();
    expect(await made(ticket.filePath)).toEqual(PORTRAIT);
  });
});

describe("a preset that cannot be asked for", () => {
  it.each(["product", "nonsense", "__proto__"])(
    "is refused by the API, which names those that can: %s",
    async (preset) => {
      const json = { fileName: "a.png", contentType: "image/png", bytes: 9, preset };
      const detail = `The preset "${preset}" cannot be asked for. Upload the file with "portrait", or without a preset.`;
      expect(await client.call("POST", "/uploads", { json })).toMatchObject({
        status: 400,
        body: { detail },
      });
      const sent = await client.call("POST", `/images?preset=${preset}`, {
        body: new Uint8Array(photograph),
        headers: { "content-type": "image/png" },
      });
      expect(sent).toMatchObject({ status: 400, body: { detail } });
    },
  );

  it("rejects the file, and is what a prefix gives all the same", async () => {
    await pipeline.process("wrong.png", photograph, { metadata: { preset: "product" } });
    expect((await pipeline.record("wrong.png"))?.lastAttempt).toMatchObject({
      status: "REJECTED",
      rejection: {
        code: "WRONG_METADATA",
        reason: expect.stringContaining('The preset "product" cannot be asked for.'),
      },
    });
    await pipeline.process("products/right.png", photograph, { metadata: { preset: "product" } });
    expect((await made("products/right.png")).preset).toBe("product");
  });
});

describe("a preset travels with the execution", () => {
  /** Starts an execution as one did before a deployment changed the settings. */
  async function startAsBefore(
    key: string,
    change: (image: Record<string, unknown>) => Record<string, unknown>,
  ) {
    await pipeline.process(key, photograph);
    const [first] = pipeline.executionsOf(key);
    const { image } = JSON.parse(first?.input ?? "{}");
    await pipeline.clients.states.send(
      new StartExecutionCommand({
        stateMachineArn: pipeline.engine.outputs.state_machine_arn,
        name: `before-${key.replace(".", "-")}`,
        input: JSON.stringify({ image: change(image), access: await accessIn(pipeline.engine) }),
      }),
    );
    await pipeline.idle();
    return image;
  }

  it("whole: what is set otherwise by now changes nothing", async () => {
    const variants = [
      { name: "old", width: 64, height: 64, fit: "inside", formats: ["webp"], watermark: false },
    ];
    const image = await startAsBefore("old.png", (image) => ({
      ...image,
      preset: { name: "gone", version: "0123456789ab", variants },
    }));
    expect(image.preset).toMatchObject({ name: "default", variants: [{ name: "small", watermark: false }] });
    expect(JSON.stringify(image.preset).length).toBeLessThan(1000);
    expect(await made("old.png")).toEqual({ preset: "gone", files: ["old.webp 64x64"] });
  });

  it("and one that began before there were any goes on with the functions' own variants", async () => {
    await startAsBefore("older.png", ({ preset: _, ...image }) => image);
    expect(await made("older.png")).toEqual({ ...DEFAULT, preset: undefined });
  });
});

describe("by setting, published files keep", () => {
  it("creator and copyright, and neither place nor serial number", async () => {
    const photograph = await sharp(sample("rocket.jpg"))
      .withExif({
        IFD0: { Make: "Canon", Artist: "Ann", Copyright: "(C) 2026 Ann" },
        IFD2: { BodySerialNumber: "12345" },
        IFD3: { GPSLatitudeRef: "N", GPSLatitude: "51/1 30/1 0/1" },
      })
      .jpeg()
      .toBuffer();
    const user = await apiClientOf(pipeline, "rights@example.org");
    const { body } = await user.call("POST", "/images", {
      body: new Uint8Array(photograph),
      headers: { "content-type": "image/jpeg" },
    });
    await pipeline.idle();
    const rights = { creator: "Ann", copyright: "(C) 2026 Ann" };
    const { body: image } = await user.get(`/images/${body.imageId}`);
    expect(image).toMatchObject({ status: "PROCESSED", rights });
    expect(image.variants).toHaveLength(4);
    for (const { url } of image.variants) {
      const file = Buffer.from(await (await fetch(url)).arrayBuffer());
      const metadata = await sharp(file).metadata();
      expect(rightsFrom(metadata)).toEqual(rights);
      const exif = readExif(metadata.exif ?? Buffer.alloc(0));
      expect(exif.Image).toMatchObject({ Artist: "Ann", Copyright: "(C) 2026 Ann" });
      expect([exif.GPSInfo, exif.Photo?.BodySerialNumber, exif.Image?.Make]).toEqual(
        Array(3).fill(undefined),
      );
      expect(file.includes("12345")).toBe(false);
      expect(metadata.icc).toBeUndefined();
    }
  });

  it("Display P3, as the same colours", async () => {
    const photograph = await plain(400, 400, "#ff2010").withIccProfile("p3").png().toBuffer();
    const numbers = [...(await sharp(photograph, { ignoreIcc: true }).raw().toBuffer()).subarray(0, 3)];
    const { status } = await pipeline.process("wide.png", photograph);
    expect(status).toBe("SUCCEEDED");
    for (const format of FORMATS) {
      const file = await pipeline.shown("wide.png", `small.${format}`);
      expect(isDisplayP3((await sharp(file).metadata()).icc)).toBe(true);
      const shown = [...(await sharp(file, { ignoreIcc: true }).raw().toBuffer()).subarray(0, 3)];
      shown.forEach((sample, index) => {
        expect(Math.abs(sample - (numbers[index] ?? 0)), format).toBeLessThan(6);
      });
    }
  });
});

async function invoke(name: string, event: object) {
  const { Payload, FunctionError } = await lambda.send(
    new InvokeCommand({ FunctionName: `image-pipeline-dev-${name}`, Payload: JSON.stringify(event) }),
  );
  const payload = JSON.parse(Payload?.transformToString() ?? "null");
  return FunctionError === undefined ? "fine" : payload.errorMessage;
}

/** What Cognito sends: https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-sign-up.html */
const signUp = (email: string, triggerSource = "PreSignUp_SignUp") =>
  invoke("check-sign-up", { triggerSource, request: { userAttributes: { email } }, response: {} });

describe("a budget", () => {
  it.each([
    // As the runbook has it invoked.
    ["close-uploads", "dynamodb:PutItem", {}],
    [
      "check-sign-up",
      "dynamodb:GetItem",
      { triggerSource: "PreSignUp_SignUp", request: { userAttributes: { email: "ann@example.org" } } },
    ],
  ])("%s needs %s on the table of usage", async (name, action, event) => {
    const giveBack = pipeline.engine.permissions.withhold({
      role: `image-pipeline-dev-${name}-role`,
      action,
    });
    expect(await invoke(name, event).finally(giveBack)).toMatch(
      new RegExp(`not authorized to perform: ${action} on resource: \\S+Usage`),
    );
  });

  it("people of other domains get no account, unless they are invited", async () => {
    expect(await signUp("ann@Example.org")).toBe("fine");
    expect(await signUp("eve@example.org.evil.net")).toBe(
      "Sign up with an e-mail address of example.org or example.com.",
    );
    expect(await signUp("eve@evil.net", "PreSignUp_AdminCreateUser")).toBe("fine");
  });

  it("a month that has cost what it may closes sign-up and uploads; what was announced comes in, and what is there stays", async () => {
    const file = await plain(4, 4).png().toBuffer();
    const ann = await apiClientOf(pipeline, "ann@example.org");
    const { imageId, filePath, uploadUrl, headers } = await announce(ann, file);
    const now = new Date();
    // As the runbook opens them again.
    onTestFinished(async () => {
      const Key = { owner: "everybody", period: now.toISOString().slice(0, "2026-01".length) };
      const TableName = pipeline.engine.outputs.usage_table_name;
      await pipeline.clients.table.send(new DeleteCommand({ TableName, Key }));
    });
    const told = (Timestamp: Date) =>
      invoke("close-uploads", {
        Records: [{ Sns: { Timestamp, Message: "Your budget has been exceeded" } }],
      });
    // It was said of a month that is over by now.
    expect(await told(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 0)))).toBe("fine");
    await announce(ann, file);
    expect(await told(now)).toBe("fine");

    const next = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1));
    const closed = new RegExp(`closed until 1 .* ${next.getUTCFullYear()}`);
    const refused = await ann.call("POST", "/uploads", {
      json: { fileName: "a.png", contentType: "image/png", bytes: file.length },
    });
    expect(refused).toMatchObject({ status: 403, body: { detail: expect.stringMatching(closed) } });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await signUp("bob@example.org")).toMatch(closed);

    await put(uploadUrl, file, headers);
    await pipeline.idle();
    expect((await ann.get(`/images/${imageId}`)).body).toMatchObject({ status: "PROCESSED" });
    const folder = filePath.split("/").slice(0, 2).join("/");
    expect((await pipeline.process(`${folder}/past-the-api.png`, file)).error).toBe("ImageRejected");
    expect((await pipeline.record(`${folder}/past-the-api.png`))?.lastAttempt?.rejection).toMatchObject({
      code: "QUOTA",
      reason: expect.stringMatching(closed),
    });
    // Whoever runs this goes on.
    expect((await pipeline.process("mine.png", file)).status).toBe("SUCCEEDED");
    expect((await ann.call("DELETE", `/images/${imageId}`)).status).toBe(204);
  });
});
