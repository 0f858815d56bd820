import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { beginProgram, project, runHere } from "../cli/command-support.ts";
import { type ApiClient, announce, apiClientOf, put } from "../fixtures/api-client.ts";
import { plain } from "../fixtures/images.ts";
import { type Pipeline, startPipeline } from "../fixtures/pipeline.ts";

const SETTINGS = {
  IMAGE_PIPELINE_PRESETS: JSON.stringify({
    portrait: {
      onRequest: true,
      variants: [{ name: "card", width: 160, height: 200, fit: "cover", formats: ["jpeg"] }],
    },
    tile: { prefixes: ["tiles/"], variants: [{ name: "tile", width: 64, height: 64, formats: ["png"] }] },
  }),
};
const shop = (width: number, over: object = {}) => ({
  prefixes: ["shop/"],
  onRequest: true,
  variants: [{ name: "shelf", width, height: width, formats: ["webp"], ...over }],
});

let pipeline: Pipeline;
let client: ApiClient;
const folder = mkdtempSync(join(tmpdir(), "presets-"));
beforeAll(async () => {
  pipeline = await startPipeline(SETTINGS);
  client = await apiClientOf(pipeline, "presets@example.org");
});
afterAll(() => pipeline.stop());

const command = "../tools/presets/presets";
const typed = (name: string, args: string[]) => [name, "--endpoint", pipeline.engine.endpoint, ...args];
const presets = (name: string, ...args: string[]) =>
  runHere(command, typed(name, args), { environment: SETTINGS });

/** The command, as an operator types it. */
async function presetsAsTyped(name: string, ...args: string[]) {
  const script = join(project, "cli", `${command}.ts`);
  const { ended, written } = beginProgram(process.execPath, [script, ...typed(name, args)], SETTINGS);
  return { code: await ended, ...written };
}

let files = 0;
function fileOf(content: unknown): string {
  files += 1;
  const file = join(folder, `${files}.json`);
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

const photograph = plain(400, 300).png().toBuffer();
const made = async (key: string) => {
  const { preset, variants = [] } = (await pipeline.record(key))?.published ?? {};
  return { preset, files: variants.map(({ name, format, width }) => `${name}.${format} ${width}`) };
};

it("a preset that is put into the table counts without a deployment, in the version that the command says", async () => {
  const { code, out, err } = await presetsAsTyped("put", fileOf({ shop: shop(120) }));
  expect(err).toBe("");
  expect(code).toBe(0);
  const [, version] = /^shop ([0-9a-f]{12}) counts within a minute\.\n$/.exec(out) ?? [];
  await pipeline.process("shop/a.png", await photograph);
  expect(await made("shop/a.png")).toEqual({ preset: { name: "shop", version }, files: ["shelf.webp 120"] });
});

describe("presets in the table", () => {
  it("are asked for by uploads, and by processing again", async () => {
    const file = { fileName: "a.png", contentType: "image/png", preset: "shop" };
    const ticket = await announce(client, await photograph, file);
    await put(ticket.uploadUrl, await photograph, ticket.headers);
    expect(await client.done(ticket.imageId)).toMatchObject({
      status: "PROCESSED",
      preset: { name: "shop" },
    });
    await client.call("POST", `/images/${ticket.imageId}/reprocess`);
    await pipeline.idle();
    expect((await made(ticket.filePath)).preset?.name).toBe("shop");
  });

  it("are beside those of the settings, and are shown with them", async () => {
    await pipeline.process("tiles/a.png", await photograph);
    expect((await made("tiles/a.png")).files).toEqual(["tile.png 64"]);
    await presets(
      "put",
      fileOf({ tile: { variants: [{ name: "tile", width: 32, height: 32, formats: ["webp"] }] } }),
    );
    const { out } = await presets("list");
    expect(out.split("\n")).toEqual([
      expect.stringMatching(/^default: of the settings; version \w+; makes large, medium, small, thumbnail$/),
      expect.stringMatching(/^portrait: of the settings; version \w+; on request; makes card$/),
      expect.stringMatching(/^tile: of the table; version \w+; makes tile$/),
      expect.stringMatching(/^shop: of the table; version \w+; on request; for shop\/; makes shelf$/),
      "",
    ]);
    const got = await presets("get", "tile");
    expect(JSON.parse(got.out)).toMatchObject({
      tile: { variants: [{ name: "tile", width: 32, watermark: false }] },
    });
    // What was got can be put again.
    expect((await presets("put", fileOf(got.out))).code).toBe(0);
    expect((await presets("delete", "tile")).code).toBe(0);
    expect((await presets("get", "tile")).out).toContain('"width": 64');
    const again = await presets("delete", "tile");
    expect(again).toMatchObject({
      code: 1,
      err: expect.stringContaining('There is no preset "tile" in the table.'),
    });
  });

  it.each<[unknown, string]>([
    [{ a: { variants: [] } }, '"presets.a.variants" is empty'],
    [{ a: shop(9, { crop: 1 }) }, '"presets.a.variants[0]" has no part called "crop"'],
    [
      { a: { ...shop(9), prefixes: ["tiles/"] } },
      '"presets.a.prefixes" has the prefix "tiles/", as "tile" does',
    ],
    [{ a: shop(9) }, '"presets.a.prefixes" has the prefix "shop/", as "shop" does'],
    [
      { a: { variants: [{ name: "v", width: 16_000, height: 16_000, fit: "contain", formats: ["webp"] }] } },
      '"presets.a.variants[0]" has a box of more pixels than "limits.maxPixels", and "contain" fills it',
    ],
    [{ default: shop(9) }, '"default" takes variants, and nothing else'],
    [{ "A B": shop(9) }, '"presets.A B"'],
    [[], "takes presets by their names"],
    [shop(9), 'takes presets by their names: {"shop": {"variants": […]}}'],
    ["{", "JSON"],
  ])("are refused when they are wrong, with the sentence that synth has: %j", async (content, sentence) => {
    const file = fileOf(content);
    const { code, out, err } = await presets("put", file);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(`${file}: `);
    expect(err).toContain(sentence);
    expect((await presets("get", "a")).code).toBe(1);
  });

  it("may take the place of the default ones", async () => {
    const variants = [{ name: "only", width: 500, height: 500, formats: ["webp"] }];
    expect(await presets("put", fileOf({ default: { variants } }))).toMatchObject({ code: 0, err: "" });
    const { out } = await presets("get", "default");
    expect(JSON.parse(out).default.variants).toMatchObject([{ name: "only", watermark: true }]);
    await presets("delete", "default");
  });
});

describe("a table that nobody has read yet", () => {
  let other: Pipeline;
  beforeAll(async () => {
    other = await startPipeline();
    // Somebody has written a wrong one by hand.
    const TableName = other.engine.outputs.presets_table_name;
    await other.clients.table.send(new PutCommand({ TableName, Item: { name: "wrong", variants: [] } }));
  });
  afterAll(() => other?.stop());

  it("and that cannot be read, lets nothing begin: it would be processed in another way than it should be", async () => {
    const ann = await apiClientOf(other, "ann@example.org");
    const { permissions } = other.engine;
    const reads = permissions.grants().filter(({ action }) => action === "dynamodb:Scan");
    const readers = ["api-manage", "api-operate", "api-upload", "start-execution"];
    expect(reads.map(({ role }) => role).sort()).toEqual(
      readers.map((name) => `image-pipeline-dev-${name}-role`),
    );
    const file = { body: new Uint8Array(await photograph), headers: { "content-type": "image/png" } };
    const giveBack = new Map(reads.map((grant) => [grant.role, permissions.withhold(grant)]));
    const give = (name: string) => giveBack.get(`image-pipeline-dev-${name}-role`)?.();
    expect((await ann.call("POST", "/images", file)).status).toBe(500);
    const refused = other.nextLogs("will be delivered again", 1);
    await other.upload("waits.png", await photograph);
    await refused;
    expect(other.timesStarted("waits.png")).toEqual([0]);
    give("api-upload");
    give("start-execution");
    const { body } = await ann.call("POST", "/images", file);
    await ann.done(body.imageId);
    expect((await ann.call("POST", `/images/${body.imageId}/reprocess`)).status).toBe(500);
    give("api-manage");
    // The queue is not empty for a while: what waits comes again when its visibility timeout is over.
    const ended = other.nextHas("ended");
    expect((await ann.call("POST", `/images/${body.imageId}/reprocess`)).status).toBe(202);
    await ended;
  });

  it("counts without one that is wrong", async () => {
    const { status } = await other.process("a.png", await photograph);
    expect(status).toBe("SUCCEEDED");
    expect((await other.record("a.png"))?.published?.preset?.name).toBe("default");
  });
});
