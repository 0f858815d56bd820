/** THIRD-PARTY-LICENCES.md: what ships of others, under which licence, and each licence's text once. */
import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import * as z from "zod";
import { PROJECT_FOLDER } from "../../stacks/assets/paths.ts";
import type { Place, ShippedPackage } from "./packages.ts";

const PLACES: [Place, string, string][] = [
  ["functions", "The functions", "Bundled into the archives of `functions/`."],
  [
    "layer",
    "The sharp layer",
    "Installed by npm for arm64; for x86_64 it is the same, with `x64` in two names.",
  ],
  [
    "decoder",
    "The decoder of HEIC",
    "Packed with the function `resize`, in files of its own that can be replaced by another build: libheif, with libde265 (LGPLv3), as WebAssembly. " +
      "Their source: <https://github.com/strukturag/libheif>, <https://github.com/strukturag/libde265>; how it is built: <https://github.com/catdad-experiments/libheif-emscripten>.",
  ],
  ["font", "The watermark's font", "Packed with the function `watermark`."],
  ["site", "The web app", "Bundled into its pages."],
];

export function licenceDocument(shipped: Record<Place, ShippedPackage[]>): string {
  const places = PLACES.filter(([place]) => shipped[place].length > 0).map(([place, title, note]) => {
    const parts = [`## ${title}`, note, table(shipped[place])];
    return [...parts, ...(place === "layer" ? [libvips(shipped.layer)] : [])].join("\n\n");
  });
  const texts = sections(Object.values(shipped).flat());
  return `${[INTRODUCTION, ...places, "## Licence texts", ...texts].join("\n\n")}\n`;
}

const INTRODUCTION = `# Third-party licences

What ships besides this project's own code. Written by \`npm run licences\` from what is built; a test holds it against that.
What only helps to build and test is not in it.`;

function table(packages: ShippedPackage[]): string {
  const rows = packages.map(
    ({ name, version, licence }) =>
      `| [${name}](https://www.npmjs.com/package/${name}/v/${version}) | ${version} | ${licence} |`,
  );
  return ["| package | version | licence |", "| --- | --- | --- |", ...rows].join("\n");
}

/** Every build of libvips brings the same table, whatever machine it is for. */
function libvips(layer: ShippedPackage[]): string {
  const [readme = ""] = globSync("node_modules/@img/sharp-{libvips,win32}-*/README.md", {
    cwd: PROJECT_FOLDER,
  });
  const [libraries] =
    readFileSync(join(PROJECT_FOLDER, readme), "utf8").match(/^\| Library(.*\n)+?(?=\n)/m) ?? [];
  if (libraries === undefined) throw new Error(`${readme} has no table of what libvips holds.`);
  const version = layer.find(({ name }) => name.startsWith("@img/sharp-libvips-"))?.version;
  return `libvips is a shared library, a file of its own that can be replaced by another build of it. Its source, and how it is built:
<https://github.com/lovell/sharp-libvips/tree/v${version}>. It holds:

${libraries}
LGPLv3 is by the "any later version" of LGPLv2 and LGPLv2.1.`;
}

interface Text {
  body: string;
  copyright: string;
}
interface Section {
  body: string;
  licences: Set<string>;
  packages: Map<string, string[]>;
}

/** By text: packages of one licence often differ in who holds the copyright, and in nothing else. */
function sections(packages: ShippedPackage[]): string[] {
  const found = new Map<string, Section>();
  for (const shipped of packages)
    for (const { body, copyright } of textsOf(shipped)) {
      const key = body.replaceAll(/\s+/g, " ");
      const section = found.get(key) ?? { body, licences: new Set(), packages: new Map() };
      section.licences.add(shipped.licence);
      const names = section.packages.get(copyright) ?? [];
      section.packages.set(copyright, [...new Set([...names, shipped.name])]);
      found.set(key, section);
    }
  return [...found.values()].sort((a, b) => (titleOf(a) < titleOf(b) ? -1 : 1)).map(show);
}

const titleOf = ({ licences }: Section) => [...licences].sort().join(", ");

function show(section: Section): string {
  const packages = [...section.packages]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([copyright, names]) => `- ${names.join(", ")}${copyright === "" ? "" : `: ${copyright}`}`);
  return `### ${titleOf(section)}\n\n${packages.join("\n")}\n\n~~~~text\n${section.body}\n~~~~`;
}

function textsOf({ name, licence, texts }: ShippedPackage): Text[] {
  const brought = texts.length > 0 ? texts : [standardText(name, licence)];
  return brought.map((text) =>
    // It is set in many ways, all of them the same.
    /^\s*Apache License/.test(text)
      ? { body: standardText(name, "Apache-2.0").trim(), copyright: split(text).copyright }
      : split(text),
  );
}

/** From the SPDX list. */
function standardText(name: string, licence: string): string {
  try {
    return spdxSchema.parse(require(`spdx-license-list/licenses/${licence}.json`)).licenseText;
  } catch (cause) {
    throw new Error(`${name} brings no licence text, and SPDX has none for "${licence}".`, { cause });
  }
}

const require = createRequire(import.meta.url);
const spdxSchema = z.object({ licenseText: z.string() });

const COPYRIGHT = /^[ \t]*Copyright (\(c\)|©|\d{4}|[[{<]).*$/gim;

/** Takes the line with the copyright out, if there is one and not several. Mail addresses are left out. */
function split(text: string): Text {
  const plain = text
    .replaceAll("\r\n", "\n")
    .replaceAll(/ ?<[^<>\s]+@[^<>\s]+>/g, "")
    .trim();
  const [line = "", ...more] = plain.match(COPYRIGHT) ?? [];
  if (more.length > 0) return { body: plain, copyright: "" };
  const isToBeFilledIn = /[<[{]/.test(line);
  const body = plain
    .replace(line, "")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim();
  return { body, copyright: isToBeFilledIn ? "" : line.trim() };
}
