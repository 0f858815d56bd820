/** A map whose entries end by themselves after a time that is the same for all of them, or is given with each. */
export class Expiring<T> {
  readonly #entries = new Map<string, { value: T; expiresAt: number }>();

  set(key: string, value: T, seconds: number): void {
    const now = Date.now();
    for (const [old, { expiresAt }] of this.#entries) {
      // The oldest come first; a longer-lived one keeps those behind it a little longer.
      if (expiresAt > now) break;
      this.#entries.delete(old);
    }
    this.#entries.set(key, { value, expiresAt: now + seconds * 1000 });
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    return entry && entry.expiresAt > Date.now() ? entry.value : undefined;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  deleteWhere(matches: (value: T) => boolean): void {
    for (const [key, { value }] of this.#entries) if (matches(value)) this.#entries.delete(key);
  }
}
