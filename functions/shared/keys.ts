/** What keys in the buckets are made of. */
import { createHash } from "node:crypto";

/** Objects in `users/<owner>/` belong to that user; all others to nobody. */
const OWNERS_FOLDER = "users";

/** What variants are tagged with when others were published in their place; the bucket's lifecycle looks for it. */
export const REPLACED_TAG = { key: "replaced", value: "true" };

/** What an original is tagged with that was rejected, and has nothing published. */
export const REJECTED_TAG = { key: "rejected", value: "true" };

/** Every version of one key is the same image, in whatever bucket it is: 128 bits of the key's hash. */
export function imageIdOf(key: string): string {
  return hashOf(key, 32);
}

/** The name of the folder that one execution publishes into. Nobody else writes there, so its files never change. */
export function versionOf(execution: { arn: string }): string {
  return hashOf(execution.arn, 16);
}

/** @param version with it, of the files of that version only. */
export function publishedPrefix(imageId: string, version?: string): string {
  return version === undefined ? `${imageId}/` : `${imageId}/${version}/`;
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
