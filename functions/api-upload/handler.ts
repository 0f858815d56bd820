/** Takes files in: by an address to send them to, in parts, or at once when they are small. May write originals, and read nothing. */
import { randomUUID } from "node:crypto";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { api } from "../api/api.ts";
import type { BodyOf } from "../api/contract.ts";
import { LINK_SECONDS, linkExpiry, uploadHeaders, uploadLink } from "../api/links.ts";
import { assertNotRefused, Problem } from "../api/problem.ts";
import { assertToCome, putPending } from "../api/records.ts";
import { imagePaths } from "../api/view.ts";
import { currentPresets } from "../shared/current-presets.ts";
import { acceptedOrRefusal, refusalOfContentType } from "../shared/file-type.ts";
import { FOCUS_METADATA } from "../shared/focus.ts";
import { imageIdOf, ownedKey } from "../shared/keys.ts";
import { choosePreset, PRESET_METADATA } from "../shared/presets.ts";
import { refusalOfImage } from "../shared/quotas.ts";
import { environmentVariable, heicSchema, limitsSchema, settingFromEnvironment } from "../shared/settings.ts";
import { s3 } from "../shared/storage.ts";
import { type DirectUpload, directUpload } from "./direct-upload.ts";
import { PART_BYTES, PARTS_SECONDS, readAnnounced, rememberAnnounced, signRequest } from "./parts.ts";

const bucket = environmentVariable("ORIGINAL_BUCKET");
const takes = { heic: settingFromEnvironment("HEIC", heicSchema) };
const { maxBytes } = settingFromEnvironment("LIMITS", limitsSchema);

/** A file that was announced and has not come by then is not expected any more. An upload may begin late, and take long. */
const PENDING_SECONDS = LINK_SECONDS + 60 * 60;

export const handler = api({
  "POST /uploads": async ({ userId, body }) => {
    const ticket = await ticketFor(userId, body);
    return { status: 201, headers: { location: ticket.links.self }, body: ticket };
  },

  "POST /uploads/{imageId}/signatures": async ({ userId, path: { imageId }, body }) => ({
    status: 200,
    body: await signRequest(bucket, await readAnnounced(userId, imageId), body),
  }),

  "POST /generate-upload-url": async ({ userId, body }) => {
    const ticket = await ticketFor(userId, { ...body, inParts: false });
    return {
      status: 201,
      headers: { location: ticket.links.self },
      body: { ...ticket, upload_url: ticket.uploadUrl, file_path: ticket.filePath },
    };
  },

  "POST /images": async ({ userId, query, event }) => {
    const upload = await directUpload(event, query, takes);
    assertSize(upload.bytes.length);
    const type = acceptedOrRefusal(upload.bytes, upload.fileName, takes);
    assertAccepted("refusal" in type ? type.refusal : undefined);
    const { imageId, key } = await announce(userId, { ...upload, bytes: upload.bytes.length });
    await store(key, upload);
    return {
      status: 202,
      headers: { location: imagePaths(imageId).self },
      body: { imageId, status: "PENDING", links: imagePaths(imageId) },
    };
  },
});

async function ticketFor(userId: string, file: BodyOf<"POST /uploads">) {
  assertSize(file.bytes);
  assertAccepted(refusalOfContentType(file.contentType, takes));
  const { imageId, key } = await announce(userId, file, file.inParts ? PARTS_SECONDS : PENDING_SECONDS);
  const metadata = metadataFrom(file);
  const { bytes, contentType } = file;
  if (file.inParts) await rememberAnnounced(userId, imageId, { key, bytes, contentType, metadata });
  return {
    imageId,
    uploadUrl: await uploadLink(bucket, key, { ...file, metadata }),
    filePath: key,
    headers: uploadHeaders(file.contentType, metadata),
    expiresAt: linkExpiry(),
    ...(file.inParts && { partBytes: PART_BYTES }),
    links: imagePaths(imageId),
  };
}

/** What could only be rejected is not taken at all. @param refusal why not, as a sentence. */
function assertAccepted(refusal: string | undefined): void {
  if (refusal !== undefined) throw new Problem(415, refusal);
}

function assertSize(bytes: number): void {
  if (bytes > maxBytes)
    throw new Problem(
      413,
      `The file has ${bytes.toLocaleString("en-US")} bytes; at most ${maxBytes.toLocaleString("en-US")} are accepted. Send a smaller one.`,
    );
}

/** What travels with the original, so that it is there whenever that is processed again. */
function metadataFrom({ focus, preset }: Asked): Record<string, string> {
  return {
    ...(focus !== undefined && { [FOCUS_METADATA]: focus }),
    ...(preset !== undefined && { [PRESET_METADATA]: preset }),
  };
}

interface Asked {
  focus?: string | undefined;
  preset?: string | undefined;
}

/** What goes into the image's record. */
interface Said {
  name?: string | undefined;
  caption?: string | undefined;
  tags?: string[] | undefined;
  expiresAt?: string | undefined;
}

/** Gives the file a place in the user's folder, and the image a record. @throws Problem (400, 403, 429) for a preset that cannot be asked for, and over the quota. */
async function announce(
  userId: string,
  file: { fileName: string; bytes: number } & Said & Asked,
  pendingSeconds = PENDING_SECONDS,
): Promise<{ imageId: string; key: string }> {
  assertToCome(file.expiresAt);
  const key = ownedKey(userId, randomUUID(), safeFileName(file.fileName));
  const chosen = choosePreset(await currentPresets(), key, file.preset);
  if ("refusal" in chosen) throw new Problem(400, chosen.refusal);
  const imageId = imageIdOf(key);
  const { caption, tags, bytes } = file;
  const expiresAt = Math.floor(Date.now() / 1000) + pendingSeconds;
  assertNotRefused(await refusalOfImage(userId, { bytes, expiresAt }));
  await putPending({
    imageId,
    owner: userId,
    name: file.name ?? file.fileName,
    caption,
    tags,
    deleteAt: file.expiresAt && new Date(file.expiresAt).toISOString(),
    original: { key, bytes },
    expiresAt,
  });
  return { imageId, key };
}

async function store(key: string, upload: DirectUpload): Promise<void> {
  const { bytes, contentType } = upload;
  await s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: bytes,
      ContentType: contentType,
      Metadata: metadataFrom(upload),
    }),
  );
}

/** One folder deep, short enough for a key, and nothing that a shell or a path could stumble over. */
function safeFileName(fileName: string): string {
  const safe = (fileName.split(/[/\\]/).at(-1) ?? "").replaceAll(/\p{Cc}/gu, "").replace(/^\.+$/, "");
  return safe === "" ? "image" : truncateBytes(safe, 200);
}

function truncateBytes(text: string, maxBytes: number): string {
  let end = text.length;
  while (Buffer.byteLength(text.slice(0, end)) > maxBytes) end--;
  return text.slice(0, end).toWellFormed();
}
