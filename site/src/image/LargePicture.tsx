import { ImageOff, LoaderCircle } from "lucide-preact";
import type { ImageView } from "../api/api.ts";
import { LoadingPicture } from "../parts/Picture.tsx";
import { wholePicture } from "../parts/picture-sources.ts";
import { isIn } from "../store/lists.ts";
import { shownName } from "../ui/text.ts";

/** As large as it is allowed to be. */
export function LargePicture({ image }: { image: ImageView }) {
  const picture = wholePicture(image);
  if (!picture)
    return (
      <div class="large-picture without" aria-hidden="true">
        {isIn("in-progress", image.status) ? (
          <LoaderCircle class="spinning" size={40} />
        ) : (
          <ImageOff size={48} strokeWidth={1.25} />
        )}
      </div>
    );
  const { width, height } = picture.fallback;
  const ratio = width / height;
  // Before the large variants are known, the place is kept for them. Nothing is ever enlarged.
  const widest = image.original.width ?? width;
  // As `image-page.css` has it: the page's width, at most 76rem, and three quarters of the window's height.
  const shownWidth = `min(100vw, 76rem, ${widest}px, ${Math.round(75 * ratio)}vh)`;
  return (
    <div class="large-picture" style={{ "--ratio": ratio, "--widest": `${widest}px` }}>
      <LoadingPicture
        image={image}
        picture={picture}
        // Three pixels in the place of one look no better in a photograph than two, and weigh twice as much.
        sizes={`(min-resolution: 2.5dppx) calc(${shownWidth} * 2 / 3), ${shownWidth}`}
        alt={shownName(image)}
        describedBy={image.caption ? "caption" : undefined}
      />
    </div>
  );
}
