import type { ImageView } from "../api/api.ts";

/** More names than this are a number. */
const MAX_NAMES = 2;

export function outcomeSentences(images: Pick<ImageView, "name" | "status">[]): string[] {
  const namesOf = (status: ImageView["status"]) =>
    images.filter((image) => image.status === status).map(({ name }) => `“${name}”`);
  const sentence = (names: string[], one: string, many: string) =>
    names.length === 0 ? [] : [`${listed(names)} ${names.length === 1 ? one : many}.`];
  return [
    ...sentence(namesOf("PROCESSED"), "is ready", "are ready"),
    ...sentence(namesOf("REJECTED"), "was rejected", "were rejected"),
    ...sentence(namesOf("FAILED"), "could not be processed", "could not be processed"),
  ];
}

const list = new Intl.ListFormat("en");

function listed(names: string[]): string {
  if (names.length <= MAX_NAMES + 1) return list.format(names);
  return list.format([...names.slice(0, MAX_NAMES), `${names.length - MAX_NAMES} more`]);
}
