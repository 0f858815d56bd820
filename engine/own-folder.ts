/** A temporary folder that goes with the process: when it is removed, when the process ends, or when the next one starts. */
import { rmSync } from "node:fs";
import { lstat, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";

export interface OwnFolder {
  path: string;
  remove(): Promise<void>;
}

const PREFIX = "stack-engine-";
/** As mkdtemp names it; other folders that start like this are not ours. */
const ownName = new RegExp(`^${PREFIX}[A-Za-z0-9]{6}$`);
/** In the folder; says which process it belongs to. */
const OWNER_FILE = "owner.json";
const ownerSchema = z.object({ pid: z.int().min(1), host: z.string() });

/** Folders of this process, for its end: a crash leaves no time to wait for anything. */
const held = new Set<string>();
process.on("exit", () => {
  for (const path of held) rmSync(path, { recursive: true, force: true });
});

/** @param parent where such folders are. */
export async function makeOwnFolder(parent = tmpdir()): Promise<OwnFolder> {
  await removeAbandoned(parent);
  const path = await mkdtemp(join(parent, PREFIX));
  held.add(path);
  await writeFile(join(path, OWNER_FILE), JSON.stringify({ pid: process.pid, host: hostname() }));
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true });
      held.delete(path);
    },
  };
}

/** Removes the folders of processes that were killed. What cannot be told for certain is left alone. */
async function removeAbandoned(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  for (const name of names) {
    if (!ownName.test(name)) continue;
    const path = join(parent, name);
    if (await isAbandoned(path)) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  try {
    const info = await lstat(path);
    const isMine = process.getuid === undefined || info.uid === process.getuid();
    if (!info.isDirectory() || !isMine) return false;
    const { pid, host } = ownerSchema.parse(JSON.parse(await readFile(join(path, OWNER_FILE), "utf8")));
    // Machines and containers can share a folder, and do not know each other's processes.
    return host === hostname() && !isRunning(pid);
  } catch {
    return false;
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}
