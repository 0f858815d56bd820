/** What keys in the buckets are made of. */
import { createHash } from "node:crypto";

/** Objects in `users/<owner>/` belong to that user; all others to nobody. */
const OWNERS_FOLDER = "users";

/** Every version of one key is the same image: 128 bits of a hash of where it is. */
export function imageIdOf(bucket: string, key: string): string {
  return createHash("sha256").update(`${bucket}/${key}`).digest("hex").slice(0, 32);
}

export function ownerOf(key: string): string | undefined {
  const [folder, owner, ...rest] = key.split("/");
  const isInside = folder === OWNERS_FOLDER && rest.join("/") !== "";
  return isInside && owner ? owner : undefined;
}

/** A key in the owner's folder; `unique` makes it, and so the image's id, one that nobody can guess. */
export function ownedKey(owner: string, unique: string, fileName: string): string {
  return `${OWNERS_FOLDER}/${owner}/${unique}/${fileName}`;
}

export function fileNameOf(key: string): string {
  return key.split("/").at(-1) ?? key;
}
