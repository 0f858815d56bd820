/** What is costly to make and the same for every engine, such as an unpacked archive: kept for the next ones, and safe to delete. */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { access, constants, mkdir, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

export interface Cache {
  /** The folder of that name, filled by the first engine that asks for it. Nobody finds it half filled. */
  folder(name: string, fill: (folder: string) => Promise<unknown>): Promise<string>;
}

/** What nobody asked for that long is made again, should somebody do. */
const MAX_UNUSED_DAYS = 30;
const DAY_MS = 86_400_000;

/** @param ownFolder of this engine: used where nothing can be kept, such as in a container without a home. */
export async function openCache(folder: string | undefined, ownFolder: string): Promise<Cache> {
  const shared = folder ?? usersFolder();
  const isWritable = await mkdir(shared, { recursive: true })
    .then(() => access(shared, constants.W_OK))
    .then(isDone, () => false);
  return cacheIn(isWritable ? shared : join(ownFolder, "cache"));
}

/** Not below any project: functions would find packages there that they do not have on AWS. */
function usersFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  const parent =
    XDG_CACHE_HOME || (process.platform === "win32" && LOCALAPPDATA) || join(homedir(), ".cache");
  return join(parent, "stack-engine");
}

export function cacheIn(root: string): Cache {
  return {
    async folder(name, fill) {
      const folder = join(root, name);
      const now = new Date();
      if (await utimes(folder, now, now).then(isDone, () => false)) return folder;
      await removeUnused(root);
      const draft = `${folder}.${randomUUID()}`;
      try {
        await mkdir(draft, { recursive: true });
        await fill(draft);
        await rename(draft, folder);
      } catch (error) {
        await rm(draft, { recursive: true, force: true });
        // Another engine was quicker.
        if (!existsSync(folder)) throw error;
      }
      return folder;
    },
  };
}

const isDone = () => true;

/** Drafts of engines that were killed are among them. */
async function removeUnused(root: string): Promise<void> {
  const names = await readdir(root).catch(() => []);
  for (const name of names) {
    const path = join(root, name);
    const usedAt = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => Date.now(),
    );
    if (Date.now() - usedAt > MAX_UNUSED_DAYS * DAY_MS)
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}
