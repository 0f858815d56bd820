// biome-ignore-all lint/a11y/noRedundantRoles: on a phone the table is laid out as cards, and Safari forgets what it is.
import { Download, Link, ScanSearch } from "lucide-preact";
import type { ImageView, Variant } from "../api/api.ts";
import { bytesText, formatText } from "../ui/text.ts";
import { useCopyLink, useDownload } from "./mutations.ts";
import { savingOf } from "./saving.ts";
import { useViewing } from "./viewing.ts";
import "./variants.css";

/** @param isWhole false while only the small variants are known. */
export function Variants({ image, isWhole }: { image: ImageView; isWhole: boolean }) {
  const { original, variants } = image;
  const download = useDownload(image);
  return (
    <section class="variants" aria-labelledby="variants-title" aria-busy={!isWhole}>
      <h2 id="variants-title">Variants</h2>
      <table role="table">
        <caption class="visually-hidden">
          Every variant, with its size against others of the same pixels
        </caption>
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">
              Variant
            </th>
            <th role="columnheader" scope="col">
              Pixels
            </th>
            <th role="columnheader" scope="col">
              Size
            </th>
            <th role="columnheader" scope="col">
              <span class="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {inOrder(variants).map((variant) => (
            <VariantRow key={`${variant.name}.${variant.format}`} image={image} variant={variant} />
          ))}
          {original.bytes !== undefined && (
            <tr role="row" class="original">
              <th role="rowheader" scope="row">
                original <span class="format">{formatText(original.format ?? "")}</span>
              </th>
              <td role="cell">{pixelsText(original)}</td>
              <td role="cell">{bytesText(original.bytes)}</td>
              <td role="cell">
                <div class="row-buttons">
                  <button type="button" class="button small" onClick={() => download.mutate("original")}>
                    <Download aria-hidden="true" size={16} />
                    Download<span class="visually-hidden"> the original</span>
                  </button>
                </div>
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </section>
  );
}

function VariantRow({ image, variant }: { image: ImageView; variant: Variant }) {
  const { name, format, bytes } = variant;
  const download = useDownload(image);
  const copyLink = useCopyLink(image.imageId);
  const { open } = useViewing();
  const saving = savingOf(variant, image);
  const spoken = `${name}, ${formatText(format)}`;
  return (
    <tr role="row">
      <th role="rowheader" scope="row">
        {name} <span class="format">{formatText(format)}</span>
      </th>
      <td role="cell">{pixelsText(variant)}</td>
      <td role="cell">
        {bytesText(bytes)}{" "}
        {saving && <span class={saving.isSmaller ? "saving" : "no-saving"}>{saving.text}</span>}
      </td>
      <td role="cell">
        <div class="row-buttons">
          <button
            type="button"
            class="button small"
            onClick={() => open({ file: `${name}.${format}`, isCompared: false, isFitted: true })}
          >
            <ScanSearch aria-hidden="true" size={16} />
            View<span class="visually-hidden"> {spoken}</span>
          </button>
          <button type="button" class="button small" onClick={() => download.mutate(`${name}.${format}`)}>
            <Download aria-hidden="true" size={16} />
            Download<span class="visually-hidden"> {spoken}</span>
          </button>
          <button type="button" class="button small" onClick={() => copyLink.mutate(variant)}>
            <Link aria-hidden="true" size={16} />
            Copy link<span class="visually-hidden"> to {spoken}</span>
          </button>
        </div>
      </td>
    </tr>
  );
}

/** Largest picture first; of one size, as they come. */
function inOrder(variants: Variant[]): Variant[] {
  return variants.toSorted((a, b) => b.width * b.height - a.width * a.height);
}

function pixelsText({ width, height }: { width?: number | undefined; height?: number | undefined }): string {
  return width && height ? `${width} × ${height}` : "unknown";
}
