/** What keys in the buckets are made of. */
import { createHash } from "node:crypto";

/** Objects in `users/<owner>/` belong to that user; all others to nobody. */
const OWNERS_FOLDER = "users";

/** The edge serves what is in it to whom it belongs. What was published before there was this folder is outside of it. */
const PRIVATE_FOLDER = "files";

/** Of images that nobody owns; no user's folder is called so. */
const NOBODYS_FOLDER = "_";

/** What variants are tagged with when others were published in their place; the bucket's lifecycle looks for it. */
export const REPLACED_TAG = { key: "replaced", value: "true" };

/** What an original is tagged with that was rejected, and has nothing published. */
export const REJECTED_TAG = { key: "rejected", value: "true" };

/** Every version of one key is the same image, in whatever bucket it is: 128 bits of the key's hash. */
export function imageIdOf(key: string): string {
  return hashOf(key, 32);
}

/**
 * The name of the folder that one execution publishes into. Nobody else writes there, so its files never change.
 * @param execution also an EXPRESS one, whose own ARN nobody knows before it runs: `…:express:<machine>:<name>:<more>`.
 */
export function versionOf({ arn }: { arn: string }): string {
  return hashOf(arn.replace(/:express:(.+):[^:]+$/, ":execution:$1"), 16);
}

/**
 * What one execution stages is under it, so that two versions of an image never mix; nor do EXPRESS ones of one name, that a repeated
 * event started. The decoders may write in the folder of the name.
 */
export function stagedPrefix(
  { imageId }: { imageId: string },
  { arn, name }: { arn: string; name: string },
): string {
  return `${imageId}/${name}/${hashOf(arn, 8)}/`;
}

/** Where an image's files are published. @param version with it, of the files of that version only. */
export function publishedPrefix(
  { imageId, owner }: { imageId: string; owner?: string | undefined },
  version?: string,
): string {
  const ofImage = `${privateFolder(owner)}${imageId}/`;
  return version === undefined ? ofImage : `${ofImage}${version}/`;
}

/** Where they were published before the edge served them. */
export function formerPrefix(imageId: string): string {
  return `${imageId}/`;
}

/** The folder of all files that are published of a user's images; of nobody's without one. It ends in a slash. */
export function privateFolder(owner?: string): string {
  return `${PRIVATE_FOLDER}/${owner === undefined ? NOBODYS_FOLDER : folderName(owner)}/`;
}

/** The folder of copies that anybody may see, of images that are public. */
export const PUBLIC_FOLDER = "public";

/** Where the copies of an image are. @param version with it, of the files of that version only. */
export function publicPrefix(imageId: string, version?: string): string {
  const ofImage = `${PUBLIC_FOLDER}/${imageId}/`;
  return version === undefined ? ofImage : `${ofImage}${version}/`;
}

/** Whether the edge serves it to whom it belongs. */
export function isPrivateFile(key: string): boolean {
  return key.startsWith(`${PRIVATE_FOLDER}/`);
}

/** The version that a published file is of. */
export function versionIn(key: string): string | undefined {
  return key.split("/").at(-2);
}

/**
 * An id of the user pool is its folder's name. Folders in the bucket can be called anything: what means something in an address, or in
 * a pattern of addresses that somebody may see, becomes a hash.
 */
function folderName(owner: string): string {
  return /^[A-Za-z0-9-]{1,128}$/.test(owner) ? owner : `${NOBODYS_FOLDER}${hashOf(owner, 32)}`;
}

export function ownerOf(key: string): string | undefined {
  const [folder, owner, ...rest] = key.split("/");
  const isInside = folder === OWNERS_FOLDER && rest.join("/") !== "";
  return isInside && owner ? owner : undefined;
}

/** Whose images the canary's are: no user has such an id. */
export const CANARY_OWNER = "canary";

/** Where all of an owner's originals are. */
export function ownersFolder(owner: string): string {
  return `${OWNERS_FOLDER}/${owner}/`;
}

/** A key in the owner's folder; `unique` makes it, and so the image's id, one that nobody can guess. */
export function ownedKey(owner: string, unique: string, fileName: string): string {
  return `${ownersFolder(owner)}${unique}/${fileName}`;
}

export function fileNameOf(key: string): string {
  return key.replace(/\/+$/, "").split("/").at(-1) || key;
}

/** Keys in events, and in listings that ask for it, are URL-encoded, with `+` for a space. */
export function decodeKey(key: string): string {
  return decodeURIComponent(key.replaceAll("+", " "));
}

/** The console makes an empty object for a folder. It is no image; one with content may be. */
export function isFolder({ key, bytes }: { key: string; bytes: number }): boolean {
  return key.endsWith("/") && bytes === 0;
}

function hashOf(text: string, digits: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, digits);
}
