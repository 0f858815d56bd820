/** A file that was chosen, until its image is known: what is going to be sent, and how far that is. */
import type { UploadRequest } from "../api/api.ts";
import type { Config } from "../config.ts";
import { bytesText, isolated } from "../ui/text.ts";
import { acceptedNames, acceptedTypes } from "./accepted.ts";

export interface Draft {
  id: string;
  file: File;
  name: string;
  caption: string;
  /** The file itself, to be shown; not every browser can show every type. */
  previewUrl: string;
  /** It waits for the network, or for others to be sent. */
  status: "chosen" | "waiting" | "sending" | "failed";
  /** Of the file, 0 to 1. */
  sentPart: number;
  /** Why it failed. */
  problem?: string;
}

export const MAX_NAME_LENGTH = 200;
export const MAX_CAPTION_LENGTH = 2000;

export function createDraft(file: File): Draft {
  return {
    id: crypto.randomUUID(),
    file,
    name: nameFromFile(file.name),
    caption: "",
    previewUrl: URL.createObjectURL(file),
    status: "chosen",
    sentPart: 0,
  };
}

/** "Holiday in Bern.JPG" is called "Holiday in Bern" until somebody gives it a better name. */
export function nameFromFile(fileName: string): string {
  const name = fileName.replace(/\.[A-Za-z0-9]{2,5}$/, "").trim();
  return (name || fileName).slice(0, MAX_NAME_LENGTH);
}

/** What is larger is sent in parts. S3 takes no smaller ones than this, but for the last. */
const MOST_BYTES_IN_ONE = 5 * 1024 * 1024;

/** Without a name that somebody gave it, an image has its file's. */
export function requestFor({ file, name, caption }: Draft): UploadRequest {
  const givenName = name.trim();
  const isGiven = givenName !== "" && givenName !== nameFromFile(file.name);
  return {
    fileName: file.name.slice(0, MAX_NAME_LENGTH),
    contentType: typeOf(file),
    bytes: file.size,
    ...(file.size > MOST_BYTES_IN_ONE && { inParts: true }),
    ...(isGiven && { name: givenName }),
    ...(caption.trim() !== "" && { caption: caption.trim() }),
  };
}

const TYPES_BY_EXTENSION: Record<string, string> = {
  heic: "image/heic",
  heif: "image/heif",
  hif: "image/heif",
};

/** Windows knows no type for the extensions of HEIC. */
function typeOf({ name, type }: File): string {
  return type.toLowerCase() || TYPES_BY_EXTENSION[extensionOf(name)] || "";
}

function extensionOf(name: string): string {
  return name.split(".").at(-1)?.toLowerCase() ?? "";
}

/** @returns why a file cannot be sent, as a sentence; undefined if it can. */
export function refusalOf(file: File, config: Pick<Config, "maxBytes" | "takesHeic">): string | undefined {
  const name = `“${isolated(file.name)}”`;
  if (!acceptedTypes(config).includes(typeOf(file)))
    return `${name} is no image that can be sent: only ${acceptedNames(config, "and")} are.`;
  if (file.size === 0) return `${name} is empty.`;
  if (file.size > config.maxBytes)
    return `${name} is too large: files may have up to ${bytesText(config.maxBytes)}.`;
  return undefined;
}
