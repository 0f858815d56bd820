/** Three of the project's sample photographs, and what the pipeline made of them: `tools/samples/make-landing.ts` writes the pictures and their facts. */
import { ArrowRight } from "lucide-preact";
import { WipeSlider } from "../image/WipeSlider.tsx";
import { bytesText, formatText } from "../ui/text.ts";
import chelsea from "./landing-pictures/chelsea-large.webp";
import chelseaThumbnail from "./landing-pictures/chelsea-thumbnail.webp";
import coffee from "./landing-pictures/coffee-large.webp";
import coffeeOriginal from "./landing-pictures/coffee-original.webp";
import facts from "./landing-pictures/facts.json";
import rocket from "./landing-pictures/rocket-small.webp";
import rocketThumbnail from "./landing-pictures/rocket-thumbnail.webp";

interface File {
  format: string;
  width: number;
  height: number;
  bytes: number;
}

export function Marked() {
  const { original, variants } = facts["coffee.png"];
  const { large } = variants;
  return (
    <figure class="showcase marked">
      <div class="marked-picture">
        <img
          src={coffee}
          width={large.width}
          height={large.height}
          alt="A cup of coffee, with a watermark in its corner"
        />
        <WipeSlider over="Original" under="Variant">
          <img src={coffeeOriginal} width={original.width} height={original.height} alt="The same, as sent" />
        </WipeSlider>
      </div>
      <figcaption class="change">
        <Weight file={original} />
        <ArrowRight size={18} aria-label="becomes" />
        <Weight file={large} />
      </figcaption>
    </figure>
  );
}

export function Sizes() {
  const { original, variants } = facts["rocket.jpg"];
  return (
    <section class="showcase">
      <h2>Every size that a page needs</h2>
      <p>From a wide screen to a list of thumbnails, in WebP and in JPEG, or AVIF if you like.</p>
      <div class="pair" style={{ "--ratio": original.width / original.height }}>
        <Variant src={rocket} name="small" file={variants.small} alt="A rocket at dusk, before its launch" />
        <Variant src={rocketThumbnail} name="thumbnail" file={variants.thumbnail} alt="The same, cropped" />
      </div>
    </section>
  );
}

export function Crop() {
  const { original, variants } = facts["chelsea.png"];
  return (
    <section class="showcase">
      <h2>Crops that keep what matters</h2>
      <p>What draws the eye is found by itself. Where you know better, you say so with a click.</p>
      <div class="pair" style={{ "--ratio": original.width / original.height }}>
        <Variant src={chelsea} name="large" file={variants.large} alt="A cat, looking past the camera" />
        <Variant
          src={chelseaThumbnail}
          name="thumbnail"
          file={variants.thumbnail}
          alt="A square of it, with both eyes"
        />
      </div>
    </section>
  );
}

function Variant({ src, name, file, alt }: { src: string; name: string; file: File; alt: string }) {
  const { width, height, format, bytes } = file;
  return (
    <figure>
      <img src={src} width={width} height={height} alt={alt} loading="lazy" />
      <figcaption>
        {name}{" "}
        <span class="quiet">
          {width} × {height}, {formatText(format)}, {bytesText(bytes)}
        </span>
      </figcaption>
    </figure>
  );
}

function Weight({ file: { format, bytes } }: { file: File }) {
  return (
    <span>
      {formatText(format)}, <strong>{bytesText(bytes)}</strong>
    </span>
  );
}
