/** The users that Cognito writes down for the next engine, so that what is theirs stays theirs. */
import * as z from "zod";
import type { Journal } from "../../journal.ts";
import type { Storage } from "../../storage.ts";
import type { User } from "./types.ts";

const userSchema = z.object({ sub: z.string(), email: z.string(), createdAt: z.coerce.date() });
const entrySchema = z.union([
  z.object({ pool: z.string(), user: userSchema }),
  z.object({ removed: z.string() }),
]);

type Entry = z.infer<typeof entrySchema>;

export class KeptUsers {
  readonly #journal: Journal<Entry>;
  /** Of an earlier engine, by `sub`. */
  readonly #users = new Map<string, { pool: string; user: User }>();

  constructor(storage: Storage) {
    this.#journal = storage.journal("cognito", {
      schema: entrySchema,
      apply: (entry) => {
        if ("user" in entry) this.#users.set(entry.user.sub, entry);
        else this.#users.delete(entry.removed);
      },
      snapshot: () => this.#users.values(),
    });
  }

  of(poolId: string): User[] {
    return [...this.#users.values()].flatMap(({ pool, user }) => (pool === poolId ? user : []));
  }

  added(pool: string, user: User): void {
    this.#journal.append({ pool, user });
  }

  removed(sub: string): void {
    this.#journal.append({ removed: sub });
  }
}
