/** The little XML that AWS's older services speak: writing answers, and reading the few request bodies there are. */

/** A finished piece of XML, as opposed to text that is still to be escaped. */
export class Xml {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

type Child = Xml | string | number | boolean | undefined;

/** An element; undefined children are left out. */
export function element(name: string, ...children: Child[]): Xml {
  const inner = children.map((child) =>
    child instanceof Xml ? child.source : child === undefined ? "" : escapeXml(String(child)),
  );
  return new Xml(`<${name}>${inner.join("")}</${name}>`);
}

/** An element if there is a value, nothing otherwise. */
export function optional(name: string, value: string | number | boolean | undefined): Xml | undefined {
  return value === undefined ? undefined : element(name, value);
}

/** A whole answer. Errors of S3 have no namespace, everything else of AWS has one. */
export function xmlDocument(root: Xml, namespace?: string): string {
  const source =
    namespace === undefined ? root.source : root.source.replace(/^<(\w+)>/, `<$1 xmlns="${namespace}">`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${source}`;
}

/** Text as it stands in an element or an attribute. Line ends are kept: a parser would make \r\n one \n. */
function escapeXml(text: string): string {
  return text.replace(/[&<>"\r\n]/g, (character) => ESCAPES[character] ?? character);
}

/** The inner XML of every element of that name, in order. */
export function innerOfEach(xml: string, name: string): string[] {
  const matches = xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`, "g"));
  return Array.from(matches, (match) => match[1] ?? "");
}

/** The text of the first element of that name, unescaped. */
export function textOf(xml: string, name: string): string | undefined {
  const inner = innerOfEach(xml, name)[0];
  return inner === undefined ? undefined : unescapeXml(inner);
}

const ESCAPES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
  "\n": "&#10;",
};

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, named) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number.parseInt(decimal, 10));
    return ENTITIES[named] ?? whole;
  });
}
