/** The little XML that S3 speaks: writing answers, and reading the few request bodies there are. */

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
    child instanceof Xml ? child.source : child === undefined ? "" : escapeText(String(child)),
  );
  return new Xml(`<${name}>${inner.join("")}</${name}>`);
}

/** An element if there is a value, nothing otherwise. */
export function optional(name: string, value: string | number | boolean | undefined): Xml | undefined {
  return value === undefined ? undefined : element(name, value);
}

export function group(children: Xml[]): Xml {
  return new Xml(children.map((child) => child.source).join(""));
}

export function xmlDocument(root: Xml): string {
  const namespaced = root.source.replace(/^<(\w+)>/, '<$1 xmlns="http://s3.amazonaws.com/doc/2006-03-01/">');
  return `<?xml version="1.0" encoding="UTF-8"?>\n${namespaced}`;
}

export function escapeText(text: string): string {
  return text.replace(/[&<>"\r\n]/g, (character) => ESCAPES[character] ?? character);
}

/** The inner XML of every element of that name, in order. */
export function innerOfEach(xml: string, name: string): string[] {
  const matches = xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`, "g"));
  return Array.from(matches, (match) => match[1] ?? "");
}

/** The text of every element of that name, unescaped. */
export function textOfEach(xml: string, name: string): string[] {
  return innerOfEach(xml, name).map(unescapeText);
}

/** The text of the first element of that name, unescaped. */
export function textOf(xml: string, name: string): string | undefined {
  return textOfEach(xml, name)[0];
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

function unescapeText(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, named) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number.parseInt(decimal, 10));
    return ENTITIES[named] ?? whole;
  });
}
