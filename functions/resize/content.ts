/** What tells whether two originals come to the same files. */
import { createHash } from "node:crypto";
import type { Preset } from "../shared/preset.ts";
import type { Original } from "../shared/state.ts";

/**
 * @param recipe what is deployed: the code, and the settings, that make files of a picture.
 * @returns a hash of the bytes and of all else that decides what the files are.
 */
export function contentOf(
  bytes: Buffer,
  {
    recipe,
    preset,
    original: { focus, rights },
  }: { recipe: string; preset: Preset | undefined; original: Pick<Original, "focus" | "rights"> },
): string {
  const others = JSON.stringify([recipe, preset?.version, focus, rights]);
  return createHash("sha256").update(others).update("\n").update(bytes).digest("base64url");
}
