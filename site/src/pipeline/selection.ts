/** What is chosen on the page, which is in its address: one can go back to it, and send it to somebody. */

export type Selection =
  | { kind: "nothing" }
  /** All images that are at a state, or have failed there. */
  | { kind: "underWay" | "failed"; state: string }
  | { kind: "image"; imageId: string };

const PATH = "/pipeline";
const IMAGE_ID = /^[0-9a-f]{32}$/;

export function selectionIn(query: Record<string, string>): Selection {
  const { image, failed, at } = query;
  if (image !== undefined && IMAGE_ID.test(image)) return { kind: "image", imageId: image };
  if (failed !== undefined) return { kind: "failed", state: failed };
  if (at !== undefined) return { kind: "underWay", state: at };
  return { kind: "nothing" };
}

export function addressOf(selection: Selection): string {
  if (selection.kind === "nothing") return PATH;
  const query =
    selection.kind === "image"
      ? { image: selection.imageId }
      : { [selection.kind === "failed" ? "failed" : "at"]: selection.state };
  return `${PATH}?${new URLSearchParams(query)}`;
}
