/** What an owner says of an image that is there. */
import type { BodyOf } from "../api/contract.ts";
import { notFound } from "../api/problem.ts";
import { imageName, imagePaths, shownCaption } from "../api/view.ts";
import { type Focus, parseFocus } from "../shared/focus.ts";
import type { ImageRecord } from "../shared/image-record.ts";
import { fileNameOf } from "../shared/keys.ts";
import { environmentVariable } from "../shared/settings.ts";
import { type Change, changeRecord } from "../shared/table.ts";
import { tellChange } from "../shared/tell-change.ts";

type Edit = BodyOf<"PATCH /images/{imageId}">;

/**
 * Writes it into the record, whatever is happening to the image, and tells the owner's other pages.
 * @returns what was written.
 * @throws Problem (404) when the image was deleted meanwhile.
 */
export async function saveEdit(
  owner: string,
  record: ImageRecord,
  edit: Edit,
): Promise<Partial<ImageRecord>> {
  const { imageId } = record;
  const said = attributesOf(owner, record, edit);
  const before = await changeRecord(environmentVariable("METADATA_TABLE"), imageId, {
    set: { ...said, updatedAt: new Date().toISOString() },
    condition: "is this owner's",
    ownedBy: owner,
  });
  if (before === undefined) throw notFound();
  // What is under way tells how it ends, and a file that has not come has nobody who watches it.
  const { status } = before;
  if (status !== undefined && status !== "PROCESSING" && status !== "PENDING")
    await tellChange(owner, { imageId, status });
  return said;
}

/** As `PATCH` answers. */
export function editedView(record: ImageRecord, status: ImageRecord["status"]) {
  const { imageId, tags = [], editedFocus, published } = record;
  const focus = parseFocus(editedFocus ?? "");
  return {
    imageId,
    status,
    name: imageName(record),
    caption: shownCaption(record.caption),
    tags,
    focus,
    isFocusPending:
      status !== "PROCESSING" &&
      published !== undefined &&
      editedFocus !== undefined &&
      !isSame(focus, published.focus),
    expiresAt: record.deleteAt,
    links: imagePaths(imageId),
  };
}

/** What was taken away is kept as empty, so that no later processing brings it back. */
function attributesOf(
  owner: string,
  { original }: ImageRecord,
  { name, caption, tags, focus, expiresAt, expiresInSeconds }: Edit,
): Change["set"] & Partial<ImageRecord> {
  const called = name === null ? fileNameOf(original.key) : name;
  const endsAt = expiresInSeconds === undefined ? expiresAt : Date.now() + expiresInSeconds * 1000;
  return {
    ...(called !== undefined && { name: called, editedName: called }),
    ...(caption !== undefined && { caption: caption ?? "", editedCaption: caption ?? "" }),
    ...(tags !== undefined && { tags: tags ?? [], editedTags: tags ?? [], taggedOwner: owner }),
    ...(focus !== undefined && { editedFocus: focus ?? "" }),
    ...(endsAt !== undefined && {
      deleteAt: endsAt === null ? undefined : new Date(endsAt).toISOString(),
    }),
  };
}

function isSame(one: Focus | undefined, other: Focus | undefined): boolean {
  return one?.x === other?.x && one?.y === other?.y;
}
