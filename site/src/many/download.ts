import type { ImageView } from "../api/api.ts";
import type { Services } from "../services.ts";
import { follow } from "./jobs.ts";
import { job } from "./selection.ts";
import { chooseFile, saveZip } from "./zip.ts";

const words = {
  doing: "Saving",
  is: "is saved",
  are: "are saved",
  failed: "could not be saved",
  left: "not saved",
};

/** Each in its largest size, in the format that opens everywhere. */
export async function download({ api }: Services, images: ImageView[]): Promise<void> {
  if (job.value) return;
  const name = `photographs ${new Date().toISOString().slice(0, 10)}.zip`;
  let file: FileSystemWritableFileStream | undefined;
  try {
    // In the click itself: browsers let nobody ask later.
    file = await chooseFile(name);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return;
    // Where it may not be asked, the browser saves it as it saves everything.
  }
  await follow(words, images.length, (signal, onDone) =>
    saveZip({ api, images, name, file, signal, onDone }),
  );
}
