/**
 * Every answer signs its links anew. An `<img>` whose address changes loads again, so links that were given before
 * stay in use for as long as they are good.
 */
import type { ImageView } from "../../../functions/api/contract.ts";

/** Links work for 15 minutes; this leaves time to load what they lead to. */
export const LINKS_KEPT_MS = 10 * 60_000;

export interface LinkKeeper {
  /** The view with links that were handed out before, where they still work. */
  keep(view: ImageView): ImageView;
  /** The links did not work: take the next ones. */
  forget(imageId: string): void;
}

interface Kept {
  updatedAt: string;
  byFile: Map<string, { url: string; atMs: number }>;
}

export function createLinkKeeper(now = Date.now): LinkKeeper {
  const images = new Map<string, Kept>();

  return {
    keep(view) {
      const known = images.get(view.imageId);
      // A file of the same name holds another picture after the image was processed again.
      const kept: Kept =
        known?.updatedAt === view.updatedAt ? known : { updatedAt: view.updatedAt, byFile: new Map() };
      images.set(view.imageId, kept);
      const variants = view.variants.map((variant) => {
        const file = `${variant.name}.${variant.format}`;
        const before = kept.byFile.get(file);
        if (before && now() - before.atMs < LINKS_KEPT_MS) return { ...variant, url: before.url };
        kept.byFile.set(file, { url: variant.url, atMs: now() });
        return variant;
      });
      return { ...view, variants };
    },
    forget(imageId) {
      images.delete(imageId);
    },
  };
}
