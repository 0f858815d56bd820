/** Paths of requests, and the patterns that they are held against. */

/**
 * The path that patterns are compared with, by RFC 3986 and with slashes that follow each other as one; the origin gets
 * the path as it was sent.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html
 */
export function normalized(uri: string): string {
  const segments = decodeUnreserved(uri).split("/");
  const last = segments.at(-1);
  const kept: string[] = [];
  for (const segment of segments) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(segment);
  }
  const endsInFolder = kept.length > 0 && (last === "" || last === "." || last === "..");
  return `/${kept.join("/")}${endsInFolder ? "/" : ""}`;
}

/** `*` stands for any number of characters, slashes too, and `?` for one. */
export function matches(pattern: string, text: string): boolean {
  const source = RegExp.escape(pattern).replaceAll("\\*", ".*").replaceAll("\\?", ".");
  return new RegExp(`^${source}$`, "s").test(text);
}

/** Letters, digits and `-._~` mean the same percent-encoded. */
function decodeUnreserved(uri: string): string {
  return uri.replace(/%([0-9a-f]{2})/gi, (code, digits: string) => {
    const character = String.fromCharCode(Number.parseInt(digits, 16));
    return /[\w.~-]/.test(character) ? character : code;
  });
}
