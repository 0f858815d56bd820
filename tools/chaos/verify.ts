/** Whether everything is as it has to be in the end: objects, records, files and notifications fit together. */
import {
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectVersionsCommand,
  type ObjectVersion,
  paginateListObjectsV2,
} from "@aws-sdk/client-s3";
import sharp from "sharp";
import { fileKeysOf, type ImageRecord, type Publication } from "../../functions/shared/image-record.ts";
import {
  imageIdOf,
  PUBLIC_FOLDER,
  publicPrefix,
  REJECTED_TAG,
  REPLACED_TAG,
} from "../../functions/shared/keys.ts";
import { publicCopy, shownToAll } from "../../functions/shared/public-copies.ts";
import { BROKEN_OFF, type History, ROLLED_BACK } from "./perform.ts";
import type { Picture } from "./pictures.ts";
import type { Running, Told } from "./running.ts";

export interface Verified {
  processed: number;
  rejected: number;
  gone: number;
  files: number;
  /** Staged pixels that the bucket's lifecycle has yet to delete. */
  staged: number;
  told: number;
  toldTwice: number;
  problems: Problem[];
}

/** An invariant that is broken. */
export interface Problem {
  /** Undefined where it is about no image that is known. */
  key: string | undefined;
  what: string;
}

/** What there is in the end. */
interface Found {
  /** By key, newest first. */
  versions: Map<string, ObjectVersion[]>;
  records: Map<string, ImageRecord>;
  files: Set<string>;
  staged: string[];
  told: Told[];
}

export async function verify(
  running: Running,
  history: History,
  keys: string[],
  pictures: Picture[],
): Promise<Verified> {
  const found = await findAll(running);
  const problems: Problem[] = [];
  const verified = { processed: 0, rejected: 0, gone: 0 };
  const pointedTo = new Set<string>();
  for (const key of keys) {
    const record = found.records.get(imageIdOf(key));
    for (const file of [...fileKeysOf(record?.published), ...fileKeysOf(record?.previous)])
      pointedTo.add(file);
    const current = found.versions.get(key)?.find(({ IsLatest }) => IsLatest);
    const picture = current && pictures.find(({ etag }) => current.ETag === `"${etag}"`);
    const outcome = current ? (picture?.width === undefined ? "rejected" : "processed") : "gone";
    verified[outcome] += 1;
    const report = (what: string) => problems.push({ key, what });
    const image = { key, record, current, picture };
    if (outcome === "gone") checkGone(image, found, report);
    else {
      checkRecord(image, found, report);
      if (outcome === "processed") checkPublished(image, history.has(key, ROLLED_BACK), report);
      else checkRejected(image, report);
      const original = { Bucket: running.names.original, Key: key };
      if (outcome === "processed" && (await hasTag(original, REJECTED_TAG, running)))
        report("its original is published, and the lifecycle deletes it");
      await checkFiles(image, found, running, pictures, report);
    }
    checkStarted(key, running, history, report);
    checkPublic(image, found, history.has(key, BROKEN_OFF), report);
  }
  const keyOf = (imageId: string | undefined) => keys.find((key) => imageIdOf(key) === imageId);
  for (const file of found.files)
    if (!file.startsWith(`${PUBLIC_FOLDER}/`) && !pointedTo.has(file) && !(await isReplaced(file, running)))
      problems.push({ key: keyOf(file.split("/").at(-3)), what: `no record has the file ${file}` });
  for (const { imageId, original } of found.records.values())
    if (!keys.includes(original.key)) problems.push({ key: original.key, what: `${imageId} is of no image` });
  const toldTwice = checkTold(found, running, problems);
  const { files, staged, told } = found;
  return { ...verified, files: files.size, staged: staged.length, told: told.length, toldTwice, problems };
}

interface Image {
  key: string;
  record: ImageRecord | undefined;
  current: ObjectVersion | undefined;
  picture: Picture | undefined;
}
type Report = (what: string) => void;

function checkGone({ key, record }: Image, { files, staged }: Found, report: Report): void {
  const imageId = imageIdOf(key);
  if (record) report(`the original is gone, and its record is there: ${record.status}`);
  for (const file of [...files, ...staged])
    if (file.split("/").includes(imageId)) report(`the original is gone, and a file is there: ${file}`);
}

/** Everybody sees what its owner does, where that was asked for, and nothing else. @param mayLag a rollback may not have come to that. */
function checkPublic({ key, record }: Image, { files }: Found, mayLag: boolean, report: Report): void {
  const { published, public: shown } = record ?? {};
  const publication = record && shownToAll(record);
  const copies = new Set(
    publication?.variants.map((variant) => publicCopy(imageIdOf(key), publication.version, variant.key)),
  );
  if (shown && (publication === undefined || (publication !== published && !mayLag)))
    report(`everybody is to see ${shown.version}, and ${published?.version} is published`);
  for (const copy of copies) if (!files.has(copy)) report(`everybody is to see ${copy}, and it is not there`);
  for (const file of files)
    if (file.startsWith(publicPrefix(imageIdOf(key))) && !copies.has(file))
      report(`everybody sees ${file}, which is not shown`);
}

/** Each version once, and once more each time that it was asked for. */
function checkStarted(key: string, { seen }: Running, { reprocessings }: History, report: Report): void {
  const allowed = 1 + (reprocessings.get(key) ?? 0);
  const started = Map.groupBy(seen.versionsStarted.get(key) ?? [], (version) => version);
  for (const [version, { length }] of started)
    if (length > allowed)
      report(`${version} was processed ${length} times, which is more than the ${allowed} it was asked for`);
}

/** The last upload, whatever became of it, is what the record is about. */
function checkRecord({ record, current }: Image, { told }: Found, report: Report): void {
  if (!record) {
    report("there is no record");
    return;
  }
  const { status, lastAttempt, original } = record;
  if (status !== lastAttempt?.status) report(`it is ${status}, and its last attempt ${lastAttempt?.status}`);
  if (original.versionId !== current?.VersionId)
    report(`the record is about ${original.versionId}, and the last upload is ${current?.VersionId}`);
  const isTold = told.some(
    ({ execution, status }) => execution === lastAttempt?.execution.arn && status === lastAttempt.status,
  );
  if (!isTold) report(`it is ${status}, and nobody was told`);
}

function checkPublished({ record, current, picture }: Image, isRolledBack: boolean, report: Report): void {
  if (!record) return;
  const { status, published, previous } = record;
  if (status !== "PROCESSED") report(`it is ${status}, and its last upload is a good picture`);
  // After a rollback, what is published was made before the other.
  const isPutBack = isRolledBack && published && previous && published.at < previous.at;
  const newest = isPutBack ? previous : published;
  if (newest?.original.versionId !== current?.VersionId)
    report(`${newest?.original.versionId} is published, and the last upload is ${current?.VersionId}`);
  else if (newest?.original.width !== picture?.width)
    report(`what is published is ${newest?.original.width} pixels wide, and the upload ${picture?.width}`);
}

function checkRejected({ record }: Image, report: Report): void {
  if (!record) return;
  const { status, lastAttempt } = record;
  if (status !== "REJECTED") report(`it is ${status}, and its last upload is damaged`);
  else if (!lastAttempt?.rejection) report("it is rejected, and no reason is recorded");
}

/** What is published is there, is kept, and is of the upload that it was made from. */
async function checkFiles(
  { key, record }: Image,
  { files, versions }: Found,
  running: Running,
  pictures: Picture[],
  report: Report,
): Promise<void> {
  const check = (which: string, publication: Publication | undefined) => {
    const missing = fileKeysOf(publication).filter((file) => !files.has(file));
    for (const file of missing) report(`the file of what ${which} is not there: ${file}`);
    return publication !== undefined && missing.length === 0;
  };
  check("was published before", record?.previous);
  const { published } = record ?? {};
  if (!published || !check("is published", published)) return;
  for (const file of fileKeysOf(published))
    if (await isReplaced(file, running)) report(`the lifecycle deletes what is published: ${file}`);
  const from = versions.get(key)?.find(({ VersionId }) => VersionId === published.original.versionId);
  const picture = pictures.find(({ etag }) => from?.ETag === `"${etag}"`);
  const file = published.variants.find(({ name }) => name === "large")?.key ?? "";
  const width = await widthOf(file, running);
  if (width !== picture?.width) report(`${file} is ${width} pixels wide, and its upload ${picture?.width}`);
}

/** Each execution that came to an outcome has told it. @returns how many were told more than once, which is allowed. */
function checkTold({ told }: Found, { seen }: Running, problems: Problem[]): number {
  const times = new Map<string, number>();
  for (const { execution } of told) times.set(execution, (times.get(execution) ?? 0) + 1);
  for (const [arn, key] of seen.telling)
    if (!times.has(arn)) problems.push({ key, what: `nobody was told how ${arn} ended` });
  return [...times.values()].filter((count) => count > 1).length;
}

async function findAll(running: Running): Promise<Found> {
  const { names } = running;
  return {
    versions: await versionsIn(names.original, running),
    records: new Map((await running.records()).map((record) => [record.imageId, record])),
    files: new Set(await keysIn(names.processed, running)),
    staged: await keysIn(names.staging, running),
    told: await running.told(),
  };
}

/** By key, newest first. */
async function versionsIn(bucket: string, { clients }: Running): Promise<Found["versions"]> {
  const found = new Map<string, ObjectVersion[]>();
  let markers: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
  for (;;) {
    const page = await clients.s3.send(new ListObjectVersionsCommand({ Bucket: bucket, ...markers }));
    for (const version of page.Versions ?? []) {
      const { Key = "" } = version;
      found.set(Key, [...(found.get(Key) ?? []), version]);
    }
    if (!page.IsTruncated) return found;
    markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
  }
}

async function keysIn(bucket: string, { clients }: Running): Promise<string[]> {
  const keys: string[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client: clients.s3 }, { Bucket: bucket }))
    keys.push(...Contents.flatMap(({ Key }) => Key ?? []));
  return keys;
}

function isReplaced(file: string, running: Running): Promise<boolean> {
  return hasTag({ Bucket: running.names.processed, Key: file }, REPLACED_TAG, running);
}

async function hasTag(
  object: { Bucket: string; Key: string },
  { key, value }: typeof REPLACED_TAG,
  { clients }: Running,
): Promise<boolean> {
  const { TagSet = [] } = await clients.s3.send(new GetObjectTaggingCommand(object));
  return TagSet.some(({ Key, Value }) => Key === key && Value === value);
}

async function widthOf(file: string, { clients, names }: Running): Promise<number> {
  const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: names.processed, Key: file }));
  const { width } = await sharp(await Body?.transformToByteArray()).metadata();
  return width;
}
