/**
 * Tabs of one browser, which share a session as long as one of them is open: it is in none of the storages that outlive them. A
 * new tab asks for it, and whoever signs out in one does so in all.
 */

export interface OtherTabs {
  /** To be called when there is a session here, and when there is none any more. */
  setHolding(isHolding: boolean): void;
  /** @returns the session of another tab; undefined where there is none. */
  ask(): Promise<string | undefined>;
  tellSignedOut(): void;
}

interface Events {
  /** @returns the session of this tab. */
  onAsked(): Promise<string | undefined>;
  onSignedOut(): void;
}

type Message = { kind: "asked" | "signedOut" } | { kind: "told"; session: string };

/** Held by each tab that has a session, so that nobody waits for an answer that cannot come. */
const LOCK = "session";
/** A tab in the background may be slow. */
const ANSWER_WITHIN_MS = 2000;

export function createOtherTabs({ onAsked, onSignedOut }: Events): OtherTabs {
  // Pages of other origins do not hear it.
  const channel = new BroadcastChannel("session");
  const tell = (message: Message) => channel.postMessage(message);
  let release: (() => void) | undefined;
  let hearSession = (_: string): void => undefined;

  channel.onmessage = async ({ data }: MessageEvent<Message>) => {
    if (data.kind === "signedOut") onSignedOut();
    if (data.kind === "told") hearSession(data.session);
    if (data.kind !== "asked") return;
    const session = await onAsked();
    if (session !== undefined) tell({ kind: "told", session });
  };

  return {
    setHolding(isHolding) {
      if (isHolding && !release) {
        const { promise, resolve } = Promise.withResolvers<void>();
        release = resolve;
        navigator.locks.request(LOCK, { mode: "shared" }, () => promise);
      }
      if (isHolding) return;
      release?.();
      release = undefined;
    },

    async ask() {
      const { held = [] } = await navigator.locks.query();
      if (!held.some(({ name }) => name === LOCK)) return undefined;
      return new Promise((resolve) => {
        hearSession = resolve;
        setTimeout(() => resolve(undefined), ANSWER_WITHIN_MS);
        tell({ kind: "asked" });
      });
    },

    tellSignedOut: () => tell({ kind: "signedOut" }),
  };
}
