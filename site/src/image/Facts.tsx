import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ImageView } from "../api/api.ts";
import { bytesText, countText, formatText } from "../ui/text.ts";
import { relativeText, takenAtText } from "../ui/times.ts";

export function Facts({ image }: { image: ImageView }) {
  const { uploadedAt, original, camera, downloads } = image;
  const { format, width, height, bytes, frames } = original;
  const model = cameraText(camera);
  return (
    <section class="facts" aria-labelledby="facts-title">
      <h2 id="facts-title">Details</h2>
      <dl>
        <Fact name="Uploaded">
          <TimeText instant={uploadedAt} />
        </Fact>
        {format && width && height && (
          <Fact name="Original">
            {formatText(format)}, {width} × {height}
            {bytes !== undefined && `, ${bytesText(bytes)}`}
          </Fact>
        )}
        {frames !== undefined && frames > 1 && <Fact name="Animation">{countText(frames, "frame")}</Fact>}
        {model && <Fact name="Camera">{model}</Fact>}
        {camera?.takenAt && <Fact name="Taken">{takenAtText(camera.takenAt)}</Fact>}
        <Fact name="Downloads">{downloads.total === 0 ? "none yet" : downloadsText(downloads)}</Fact>
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const full = new Intl.DateTimeFormat("en", { dateStyle: "long", timeStyle: "short" });

/** "3 minutes ago", which stays true; the full date is its title. */
function TimeText({ instant }: { instant: string }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <time dateTime={instant} title={full.format(new Date(instant))}>
      {relativeText(instant, now)}
    </time>
  );
}

/** Most makers put their name into the model's too. */
function cameraText(camera: ImageView["camera"]): string | undefined {
  const { make = "", model = "" } = camera ?? {};
  const isTwice = model.toLowerCase().startsWith(make.toLowerCase());
  return (isTwice ? model : `${make} ${model}`).trim() || undefined;
}

function downloadsText({ total, byVariant }: ImageView["downloads"]): string {
  const most = Object.entries(byVariant).sort(([, a], [, b]) => b - a);
  return `${total.toLocaleString("en")} (${most.map(([name, count]) => `${name} ${count}`).join(", ")})`;
}
