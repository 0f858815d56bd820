/** Where services keep what they have: in a folder that goes with the engine, or in one that outlives it. */
import { mkdirSync } from "node:fs";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import * as z from "zod";
import { atPath } from "./errors.ts";
import { DataFolderError, type Journal, type Journaled, NO_JOURNAL, openJournal } from "./journal.ts";
import { parsedJson } from "./json.ts";
import type { Stack } from "./stack/read.ts";

export interface Storage {
  /** Whether the next engine is to find what this one has. */
  isLasting: boolean;
  /** A folder of that name. */
  folder(name: string): string;
  /** Takes up what was written under that name, and writes on. */
  journal<Entry>(name: string, journaled: Journaled<Entry>): Journal<Entry>;
}

/** In a folder that is removed with the engine. */
export function temporaryStorage(folder: string): Storage {
  return { isLasting: false, folder: (name) => made(join(folder, name)), journal: () => NO_JOURNAL };
}

export interface LastingStorage extends Storage {
  close(): void;
}

const ABOUT_FILE = "engine.json";
const LOCK_FILE = "lock";
/** Raised when an older engine could not read what this one writes, or the other way round. */
const FORMAT = 1;
const aboutSchema = z.object({ format: z.int(), stack: z.string(), region: z.string() });

/** @throws DataFolderError when another engine has the folder, or it is not this stack's */
export async function openStorage(
  folder: string,
  { name: stack, region }: Pick<Stack, "name" | "region">,
): Promise<LastingStorage> {
  const path = resolve(folder);
  await mkdir(path, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new DataFolderError(`${folder} cannot be a folder for data (${error.code}). Choose another one.`);
  });
  const about = await aboutIn(path);
  const own = { format: FORMAT, stack, region };
  if (about) assertSame(about, own, folder);
  const unlock = lock(path, folder);
  const journals: Journal<never>[] = [];
  if (!about) {
    const fresh = join(path, `${ABOUT_FILE}.new`);
    await writeFile(fresh, `${JSON.stringify(own)}\n`).catch((error: unknown) => {
      throw atPath(error, fresh);
    });
    await rename(fresh, join(path, ABOUT_FILE));
  }
  return {
    isLasting: true,
    folder: (name) => made(join(path, name)),
    journal(name, journaled) {
      const journal = openJournal(join(path, `${name}.jsonl`), journaled);
      journals.push(journal);
      return journal;
    },
    close() {
      for (const journal of journals) journal.close();
      unlock();
    },
  };
}

type About = z.infer<typeof aboutSchema>;

/** Undefined for a folder that nobody has used. @throws DataFolderError */
async function aboutIn(path: string): Promise<About | undefined> {
  const names = await readdir(path);
  if (!names.includes(ABOUT_FILE)) {
    // What an engine leaves that is killed before it has said whose the folder is.
    const others = names.filter((name) => !name.startsWith(LOCK_FILE) && !name.startsWith(ABOUT_FILE));
    if (others.length === 0) return undefined;
    throw new DataFolderError(`${path} holds other things than an engine's data. Choose an empty folder.`);
  }
  const { data } = aboutSchema.safeParse(parsedJson(await readFile(join(path, ABOUT_FILE), "utf8")));
  if (data) return data;
  throw new DataFolderError(`${join(path, ABOUT_FILE)} is not what an engine writes. Choose another folder.`);
}

function assertSame(about: About, own: About, folder: string): void {
  const { format, stack, region } = about;
  if (format !== own.format)
    throw new DataFolderError(
      `${folder} holds data of another version of the engine (${format}, not ${own.format}). Choose another folder.`,
    );
  if (stack !== own.stack || region !== own.region)
    throw new DataFolderError(
      `${folder} holds data of the stack ${stack} in ${region}, not of ${own.stack} in ${own.region}. Choose another folder.`,
    );
}

/** SQLite's own lock, because it goes with the process, however that ends. */
function lock(path: string, folder: string): () => void {
  const database = lockFile(path, folder);
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    const message = `Another engine keeps its data in ${folder}. Stop that one, or choose another folder.`;
    throw new DataFolderError(message, { cause });
  }
  return () => database.close();
}

function lockFile(path: string, folder: string): DatabaseSync {
  try {
    return new DatabaseSync(join(path, LOCK_FILE));
  } catch (cause) {
    throw new DataFolderError(`Nothing can be written in ${folder}. Choose another folder.`, { cause });
  }
}

function made(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return folder;
}
