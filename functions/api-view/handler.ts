/** Shows images to their owners, and counts downloads. May read records, files and executions, and change none. */
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { api } from "../api/api.ts";
import { downloadLinkTo, linkExpiry } from "../api/links.ts";
import { type ListRequest, listOwned, recordsOf, WrongCursor } from "../api/lists.ts";
import { openApiDocument } from "../api/openapi.ts";
import { noSuchVariant, Problem } from "../api/problem.ts";
import { chooseFile, publicFiles } from "../api/public.ts";
import { countDownload, hasExpired, ownedRecord } from "../api/records.ts";
import {
  imageName,
  imageView,
  operatorLinks,
  originalFileName,
  originalLink,
  savedName,
} from "../api/view.ts";
import type { ImageRecord } from "../shared/image-record.ts";
import {
  environmentVariable,
  limitsSchema,
  quotasSettingSchema,
  settingFromEnvironment,
} from "../shared/settings.ts";
import { countUnderWayOf, readRecord } from "../shared/table.ts";
import { nextDay, usageOf } from "../shared/usage.ts";
import { changesSince } from "./changes.ts";
import { embed } from "./embed.ts";
import { readHistory } from "./history.ts";
import { listLinks, openLink } from "./shared-links.ts";

const metrics = new Metrics();
const { maxBytes } = settingFromEnvironment("LIMITS", limitsSchema);
const quotas = settingFromEnvironment("QUOTAS", quotasSettingSchema) || undefined;
const processedBucket = environmentVariable("PROCESSED_BUCKET");
const tableName = environmentVariable("METADATA_TABLE");

/** As far as images that are processed now are counted where they have no quota. */
const COUNTED_IN_FLIGHT = 1000;

export const handler = api({
  "GET /openapi.json": async () => ({
    status: 200,
    headers: { "cache-control": "public, max-age=300" },
    body: openApiDocument(maxBytes),
  }),

  "GET /images": async ({ userId, query: { variantsUpTo, imageIds, ...query } }) => {
    const { records, nextCursor }: Awaited<ReturnType<typeof listOwned>> = imageIds
      ? { records: await recordsOf(userId, [...new Set(imageIds.split(","))]) }
      : await listed(userId, query);
    return {
      status: 200,
      body: {
        images: await Promise.all(records.map((record) => imageView(record, variantsUpTo))),
        nextCursor,
      },
    };
  },

  "GET /me": async ({ userId, isOperator }) => {
    const now = new Date();
    const [usage, inFlight] = await Promise.all([
      usageOf(userId, now),
      countUnderWayOf(tableName, userId, quotas?.imagesInFlight ?? COUNTED_IN_FLIGHT),
    ]);
    const of = (used: number, quota: number | undefined) => ({ used, ...(quota !== undefined && { quota }) });
    return {
      status: 200,
      body: {
        images: of(usage.images, quotas?.imagesPerDay),
        changes: of(usage.changes, quotas?.changesPerDay),
        bytes: of(usage.bytes, quotas?.bytesStored),
        imagesInFlight: of(inFlight, quotas?.imagesInFlight),
        newDayAt: nextDay(now).toISOString(),
        isOperator,
      },
    };
  },

  "GET /images/changes": async ({ userId, query: { since } }) => ({
    status: 200,
    body: await changesSince(userId, since === undefined ? undefined : new Date(since)),
  }),

  "GET /images/{imageId}": async ({ userId, isOperator, path: { imageId } }) => {
    const record = await ownedRecord(userId, imageId);
    const image = await imageView(record);
    const links = { ...image.links, ...(isOperator && operatorLinks(record)) };
    return { status: 200, body: { ...image, links } };
  },

  "GET /images/{imageId}/embed": async ({ userId, path: { imageId }, query: { sizes } }) => {
    const body = embed(await ownedRecord(userId, imageId), sizes);
    if (body === undefined) throw new Problem(409, "The image is not public. Publish it first.");
    return { status: 200, body };
  },

  "GET /p/{imageId}/{name}": async ({ path: { imageId, name }, event }) => {
    const record = await readRecord(tableName, imageId);
    const file = record && !hasExpired(record) && chooseFile(publicFiles(record), name, event.headers.accept);
    if (!file) throw new Problem(404, "There is no such picture, or it is not public.");
    // The edge keeps where it leads for a minute at most, as it does what is there.
    return {
      status: 302,
      headers: { location: file.url, "cache-control": "public, max-age=60", vary: "accept" },
    };
  },

  "GET /images/{imageId}/history": async ({ userId, path: { imageId } }) => {
    const { lastAttempt } = await ownedRecord(userId, imageId);
    const history = lastAttempt && (await readHistory(lastAttempt.execution.arn));
    if (history === undefined)
      throw new Problem(
        404,
        "There is no history: the file has not arrived yet, or its history is not kept any more.",
      );
    return { status: 200, body: history };
  },

  "GET /images/{imageId}/links": async ({ userId, path: { imageId } }) => {
    await ownedRecord(userId, imageId);
    return { status: 200, body: { links: await listLinks(imageId) } };
  },

  "GET /l/{token}": async ({ path: { token } }) => ({
    status: 302,
    headers: { location: await openLink(token), "referrer-policy": "no-referrer" },
  }),

  "GET /images/{imageId}/download/{variant}": async ({ userId, path: { imageId, variant }, event }) => {
    const record = await ownedRecord(userId, imageId);
    const { url, fileName, countedAs } = await findFile(record, variant);
    await countDownload(record, countedAs);
    metrics.addMetric("Downloads", MetricUnit.Count, 1);
    metrics.publishStoredMetrics();
    // A page in a browser cannot follow a redirect to another host with its token.
    if (event.headers.accept?.includes("application/json"))
      return { status: 200, body: { url, fileName, expiresAt: linkExpiry() } };
    return { status: 302, headers: { location: url } };
  },
});

async function listed(userId: string, query: ListRequest): ReturnType<typeof listOwned> {
  try {
    return await listOwned(userId, query);
  } catch (error) {
    if (!(error instanceof WrongCursor)) throw error;
    throw new Problem(400, "The cursor is not one that this API gave for this list. Start again without it.");
  }
}

/** `large` is the variant's first format, `large.jpeg` the one that is named, `original` what was uploaded. */
async function findFile(record: ImageRecord, wanted: string) {
  if (wanted === "original" && record.lastAttempt) {
    return { url: await originalLink(record), fileName: originalFileName(record), countedAs: "original" };
  }
  const { variants = [] } = record.published ?? {};
  const variant = variants.find(({ name, format }) => wanted === name || wanted === `${name}.${format}`);
  if (variant === undefined) throw noSuchVariant(record, wanted, ["original"]);
  const baseName = imageName(record).replace(/\.[A-Za-z0-9]{2,5}$/, "");
  const fileName = savedName(`${baseName}-${variant.name}.${variant.format}`);
  const url = await downloadLinkTo(processedBucket, variant.key, fileName);
  return { url, fileName, countedAs: variant.name };
}
