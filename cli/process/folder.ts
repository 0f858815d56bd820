/** The folder that results go to: whether they can be written there, and making it. */
import { mkdir, mkdtemp, rmdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { UsageError } from "../command.ts";

/** Where a folder should be. */
class FileInTheWay extends Error {
  override name = "FileInTheWay";
}

/**
 * Tries whether files could be written into a folder, and leaves everything as it was.
 *
 * @throws UsageError
 */
export async function checkWritable(folder: string): Promise<void> {
  if (folder === "") throw new UsageError("--out needs the name of a folder.");
  const made: string[] = [];
  try {
    await makeFolder(folder, made);
    await rmdir(await mkdtemp(join(folder, ".try-")));
  } catch (error) {
    if (error instanceof FileInTheWay) throw new UsageError(`--out ${folder}: ${error.message}`);
    const code = error instanceof Error && "code" in error ? ` (${error.code})` : "";
    throw new UsageError(`--out ${folder}: nothing can be written there${code}. Name another folder.`);
  } finally {
    for (const path of made.reverse()) await rmdir(path).catch(() => undefined);
  }
}

/**
 * Makes a folder and those above it, one by one: Node's own recursive mkdir never returns for some paths, such as
 * one in /proc.
 *
 * @param made is told each folder that was not there, from the outside in.
 * @throws FileInTheWay
 */
export async function makeFolder(folder: string, made: string[] = []): Promise<void> {
  const path = resolve(folder);
  const info = await stat(path).catch((error: unknown) => {
    if (isMissing(error) && path !== dirname(path)) return undefined;
    throw error;
  });
  if (info?.isDirectory()) return;
  if (info) throw new FileInTheWay(`${path} is a file, not a folder.`);
  await makeFolder(dirname(path), made);
  await mkdir(path).then(
    () => made.push(path),
    async (error: unknown) => {
      // Another one of this command's images may have made it meanwhile.
      if (!(await stat(path).catch(() => undefined))?.isDirectory()) throw error;
    },
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
