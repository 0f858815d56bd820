/** Changes that outlive the process: a file with one JSON line for each, written as it happens and read again at the start. */
import { closeSync, existsSync, fsyncSync, openSync, readSync, renameSync, writeSync } from "node:fs";
import type * as z from "zod";
import { atPath } from "./errors.ts";
import { parsedJson } from "./json.ts";

/** What an engine keeps cannot be had from a folder. */
export class DataFolderError extends Error {
  override name = "DataFolderError";
}

export interface Journal<Entry> {
  /** Is in the file when this returns, so that a process that is killed loses nothing that it said was done. */
  append(entry: Entry): void;
  close(): void;
}

/** What a journal is about. */
export interface Journaled<Entry> {
  schema: z.ZodType<Entry>;
  /** Takes up an entry of before; they come oldest first. */
  apply(entry: Entry): void;
  /** As few entries as say the same as all that were applied. */
  snapshot(): Iterable<Entry>;
}

/** Of what ends with the process. */
export const NO_JOURNAL: Journal<unknown> = { append: () => undefined, close: () => undefined };

/** Reads what is there, and writes it anew in as few lines as it takes. @throws DataFolderError for a file that is damaged */
export function openJournal<Entry>(
  path: string,
  { schema, apply, snapshot }: Journaled<Entry>,
): Journal<Entry> {
  for (const entry of entriesIn(path, schema)) apply(entry);
  const fresh = `${path}.new`;
  const file = openSync(fresh, "w");
  let end = 0;
  /** What a full disk takes half of is written over by what comes next. */
  const write = (text: string) => {
    const bytes = Buffer.from(text);
    let written = 0;
    try {
      while (written < bytes.length)
        written += writeSync(file, bytes, written, bytes.length - written, end + written);
    } catch (error) {
      throw atPath(error, path);
    }
    end += written;
  };
  let lines = "";
  const flush = () => {
    write(lines);
    lines = "";
  };
  for (const entry of snapshot()) {
    lines += lineOf(entry);
    if (lines.length > FLUSHED_CHARACTERS) flush();
  }
  flush();
  fsyncSync(file);
  renameSync(fresh, path);
  return {
    append: (entry) => write(lineOf(entry)),
    close: () => closeSync(file),
  };
}

const FLUSHED_CHARACTERS = 1024 * 1024;
const READ_BYTES = 1024 * 1024;
const LINE_END = 0x0a;

function lineOf(entry: unknown): string {
  return `${JSON.stringify(entry)}\n`;
}

function* entriesIn<Entry>(path: string, schema: z.ZodType<Entry>): Generator<Entry> {
  let number = 0;
  for (const line of linesIn(path)) {
    number += 1;
    const { data, error } = schema.safeParse(parsedJson(line));
    if (error) throw new DataFolderError(`${path} is damaged in line ${number}. Choose another folder.`);
    yield data;
  }
}

/** A process that was killed while it wrote leaves a line without an end, which counts for nothing. */
function* linesIn(path: string): Generator<string> {
  if (!existsSync(path)) return;
  const file = openSync(path, "r");
  try {
    const read = Buffer.alloc(READ_BYTES);
    let rest: Buffer = Buffer.alloc(0);
    for (let length = readSync(file, read); length > 0; length = readSync(file, read)) {
      rest = Buffer.concat([rest, read.subarray(0, length)]);
      let start = 0;
      for (let end = rest.indexOf(LINE_END); end !== -1; end = rest.indexOf(LINE_END, start)) {
        yield rest.toString("utf8", start, end);
        start = end + 1;
      }
      rest = rest.subarray(start);
    }
  } finally {
    closeSync(file);
  }
}
