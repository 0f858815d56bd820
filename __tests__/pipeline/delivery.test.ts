import { CopyObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect } from "vitest";
import { type ApiClient, apiClientOf } from "../fixtures/api-client.ts";
import { anew, red } from "../fixtures/images.ts";
import type { Pipeline } from "../fixtures/pipeline.ts";
import { it } from "../fixtures/shared-pipeline.ts";

interface Variant {
  name: string;
  format: string;
  url: string;
  bytes: number;
}

let pipeline: Pipeline;
let ann: ApiClient;
let bob: ApiClient;
let annsImage: string;
let bobsImage: string;
it.beforeAll(async ({ pipeline: shared }) => {
  pipeline = shared;
  [ann, bob] = await Promise.all([
    apiClientOf(pipeline, "ann@delivery.example.org"),
    apiClientOf(pipeline, "bob@delivery.example.org"),
  ]);
  [annsImage, bobsImage] = await Promise.all([send(ann), send(bob)]);
});

async function send(client: ApiClient): Promise<string> {
  const { body } = await client.call("POST", "/images", {
    body: new Uint8Array(anew(red)),
    headers: { "content-type": "image/png" },
  });
  expect((await client.done(body.imageId)).status).toBe("PROCESSED");
  return body.imageId;
}

async function variantsOf(client: ApiClient, imageId: string): Promise<Variant[]> {
  return (await client.get(`/images/${imageId}`)).body.variants;
}

async function first(client: ApiClient, imageId: string): Promise<Variant> {
  const [variant] = await variantsOf(client, imageId);
  if (variant === undefined) throw new Error("It has no variants.");
  return variant;
}

describe("a private file", () => {
  it("comes from the edge by its address, and browsers are told to keep it for good", async () => {
    for (const { url, bytes, format } of await variantsOf(ann, annsImage)) {
      expect(url.startsWith(`${pipeline.engine.siteUrl}/files/`)).toBe(true);
      const response = await fetch(url);
      expect(response.status).toBe(200);
      expect((await response.arrayBuffer()).byteLength).toBe(bytes);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        "cache-control": "private, max-age=31536000, immutable",
        "content-type": `image/${format}`,
        "x-content-type-options": "nosniff",
      });
    }
  });

  it("has the same address all day, whoever of the functions is asked, in lists too", async () => {
    const one = await first(ann, annsImage);
    const { body } = await ann.get("/images");
    const listed = body.images.find(({ imageId }: { imageId: string }) => imageId === annsImage);
    expect(listed.variants[0].url).toBe(one.url);
    expect((await first(ann, annsImage)).url).toBe(one.url);
  });

  it("is nobody's without the signature, and with it there is nothing but files of its owner", async () => {
    const { url } = await first(ann, annsImage);
    const bobs = new URL((await first(bob, bobsImage)).url);
    const [address, signature] = url.split("?");
    const another = new URL((await first(ann, await send(ann))).url);
    expect((await fetch(`${another.origin}${another.pathname}?${signature}`)).status).toBe(200);
    const refused = async (asked: string) => {
      const response = await fetch(asked);
      return [response.status, /<Code>(\w+)<\/Code>/.exec(await response.text())?.[1]];
    };
    expect(await refused(address ?? "")).toEqual([403, "MissingKey"]);
    expect(await refused(`${address}${bobs.search}`)).toEqual([403, "AccessDenied"]);
    expect(await refused(`${bobs.origin}${bobs.pathname}?${signature}`)).toEqual([403, "AccessDenied"]);
    expect(await refused(url.replace("Signature=", "Signature=A"))).toEqual([403, "AccessDenied"]);
  });

  it("that is gone is a 404 for whoever may see it", async () => {
    const { url } = await first(ann, annsImage);
    expect((await fetch(url.replace("large.webp", "huge.webp"))).status).toBe(404);
  });

  it("goes when its image is deleted", async () => {
    const imageId = await send(ann);
    const { url } = await first(ann, imageId);
    await ann.call("DELETE", `/images/${imageId}`);
    await expect.poll(async () => (await fetch(url)).status).toBe(404);
  });
});

describe("a file that was published before the edge served them", () => {
  /** As an earlier release left it: its files are in `<imageId>/<version>/`, and nowhere else. */
  async function asFormerly(imageId: string): Promise<string[]> {
    const record = await pipeline.recordOf(imageId);
    const variants = record?.published?.variants ?? [];
    const formerOf = (key: string) => key.split("/").slice(2).join("/");
    for (const key of new Set(variants.map((variant) => variant.key)))
      await pipeline.clients.s3.send(
        new CopyObjectCommand({
          Bucket: pipeline.names.processed,
          CopySource: `${pipeline.names.processed}/${key}`,
          Key: formerOf(key),
        }),
      );
    const former = variants.map((variant) => ({ ...variant, key: formerOf(variant.key) }));
    await pipeline.clients.table.send(
      new UpdateCommand({
        TableName: pipeline.names.table,
        Key: { imageId },
        UpdateExpression: "SET published.variants = :former",
        ExpressionAttributeValues: { ":former": former },
      }),
    );
    return former.map(({ key }) => key);
  }

  it("is shown by an address of S3, as before, and goes with its image", async () => {
    const imageId = await send(ann);
    const [key = ""] = await asFormerly(imageId);
    const { url } = await first(ann, imageId);
    expect(url).toContain("X-Amz-Signature=");
    expect((await fetch(url)).status).toBe(200);

    await ann.call("DELETE", `/images/${imageId}`);
    const head = () =>
      pipeline.clients.s3.send(new HeadObjectCommand({ Bucket: pipeline.names.processed, Key: key }));
    await expect.poll(() => head().catch(({ name }: Error) => name)).toBe("NotFound");
    await expect.poll(() => pipeline.filesOf(imageId)).toEqual([]);
  });
});
