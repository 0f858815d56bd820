import type { ImageView, Variant } from "../../site/src/api/api.ts";

export function variant(name: string, width: number, height: number, given: Partial<Variant> = {}): Variant {
  const format = given.format ?? "jpeg";
  return {
    name,
    format,
    contentType: `image/${format}`,
    width,
    height,
    bytes: width * height,
    url: `https://bucket.example/${name}.${format}`,
    ...given,
  };
}

export function image(imageId: string, given: Partial<ImageView> = {}): ImageView {
  return {
    imageId,
    status: "PROCESSED",
    name: imageId,
    uploadedAt: "2026-01-01T00:00:00.000Z",
    updatedAt: "2026-01-01T00:00:01.000Z",
    original: {},
    variants: [],
    downloads: { total: 0, byVariant: {} },
    links: { self: `/images/${imageId}`, history: `/images/${imageId}/history` },
    ...given,
  };
}
