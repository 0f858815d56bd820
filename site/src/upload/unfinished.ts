/**
 * Files that are to be sent, and have not been. A page that is left takes its files with it: the next one of the same person
 * finds here what was cut off, takes the announcements back, and names the files.
 */

export interface Unfinished {
  /** What was noted of the same draft before, is not any more. */
  note(file: UnfinishedFile): void;
  forget(draftId: string): void;
  /** What pages began that are not there any more. It is told once. */
  takeCutOff(): Promise<UnfinishedFile[]>;
}

export interface UnfinishedFile {
  draftId: string;
  fileName: string;
  /** Once it was announced. */
  imageId?: string;
  /** Once some of its parts may have come. */
  uploadId?: string;
}

interface Entry extends UnfinishedFile {
  userId: string;
  page: string;
}

const KEY = "unfinished-uploads";
const LOCK_PREFIX = "uploads of ";

/** @param userId whose files are sent now. */
export function createUnfinished(userId: () => string): Unfinished {
  const page = crypto.randomUUID();
  let isHeld = false;

  /** Held until the page goes, however it goes. */
  function hold(): void {
    if (isHeld) return;
    isHeld = true;
    navigator.locks.request(LOCK_PREFIX + page, () => new Promise<void>(() => undefined));
  }

  return {
    note(file) {
      hold();
      write([...withoutDraft(file.draftId), { ...file, userId: userId(), page }]);
    },
    forget(draftId) {
      const others = withoutDraft(draftId);
      if (others.length < read().length) write(others);
    },
    async takeCutOff() {
      if (read().length === 0) return [];
      const { held = [] } = await navigator.locks.query();
      const pages = new Set(held.map(({ name }) => name));
      const all = read();
      const isUnderWay = (entry: Entry) => entry.page === page || pages.has(LOCK_PREFIX + entry.page);
      write(all.filter(isUnderWay));
      return all.filter((entry) => !isUnderWay(entry) && entry.userId === userId());
    },
  };
}

function withoutDraft(draftId: string): Entry[] {
  return read().filter((entry) => entry.draftId !== draftId);
}

function read(): Entry[] {
  try {
    const entries: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(entries) ? entries.filter(isEntry) : [];
  } catch {
    return [];
  }
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== "object" || value === null) return false;
  const texts = ["draftId", "fileName", "userId", "page"];
  const entry = new Map<string, unknown>(Object.entries(value));
  return texts.every((name) => typeof entry.get(name) === "string");
}

function write(entries: Entry[]): void {
  if (entries.length === 0) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, JSON.stringify(entries));
}
