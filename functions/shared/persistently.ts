/** Of what nobody comes back to. */
const TRIES = 4;

/** @param work is tried again, whatever it throws: a try is three of the SDK's, with waits. */
export async function persistently<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; attempt < TRIES; attempt++) {
    try {
      return await work();
    } catch {
      // Once more.
    }
  }
  return work();
}
