/** Deletes photographs so that it can be undone for a while: the API is told when they go, and they are not shown from now on. */
import type { ImageView } from "../api/api.ts";
import type { Services } from "../services.ts";

/** By the API's clock. What nobody has undone by then is deleted, also when this page is gone. */
const UNDO_SECONDS = 60;

type Uses = Pick<Services, "api" | "images">;

export async function deleteForNow({ api, images }: Uses, image: ImageView): Promise<void> {
  const { imageId } = image;
  // For others it is gone at once.
  if (image.public) await api.takeBack(imageId);
  await api.edit(imageId, { expiresInSeconds: UNDO_SECONDS });
  images.remove(imageId);
}

export async function undoDeletion({ api, images }: Uses, image: ImageView): Promise<void> {
  const { imageId, expiresAt = null } = image;
  await api.edit(imageId, { expiresAt });
  images.bringBack(image.public ? { ...image, public: await api.publish(imageId) } : image);
}
