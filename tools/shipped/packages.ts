/** The packages of others that ship, read from what ships: the archives, the layer, the built web app. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { strFromU8, unzipSync } from "fflate";
import * as z from "zod";
import { bundledSources } from "../../stacks/assets/bundle.ts";
import { PROJECT_FOLDER } from "../../stacks/assets/paths.ts";
import { sharpLayer } from "../../stacks/assets/sharp-layer.ts";
import { buildSite } from "../../stacks/assets/site.ts";

export interface ShippedPackage {
  name: string;
  version: string;
  /** As the package states it: an SPDX expression, or "unknown". */
  licence: string;
  /** Its licence and notice files; empty if it brings none. */
  texts: string[];
}

/** Where a package ships. */
export type Place = "functions" | "decoder" | "layer" | "font" | "site";

export function shippedPackages(): Record<Place, ShippedPackage[]> {
  return { functions: inFunctions(), decoder: [decoder()], layer: inLayer(), font: [font()], site: inSite() };
}

function inFunctions(): ShippedPackage[] {
  const folders = new Set(bundledSources().flatMap(packageFolderOf));
  return [...folders].sort().map((folder) => installedPackage(folder));
}

/** From the project's folder, or nothing for a source of our own: packages may lie in packages. */
function packageFolderOf(source: string): string[] {
  return source.match(/node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/)?.slice(0, 1) ?? [];
}

function installedPackage(folder: string, isLicence = isLicenceFile): ShippedPackage {
  const absolute = join(PROJECT_FOLDER, folder);
  const names = readdirSync(absolute).filter(isLicence).sort();
  return describePackage(
    readFileSync(join(absolute, "package.json"), "utf8"),
    names.map((name) => readFileSync(join(absolute, name), "utf8")),
  );
}

const isLicenceFile = (name: string) => /^(licen[cs]e|copying|notice)\b/i.test(name);

function describePackage(packageJson: string, texts: string[]): ShippedPackage {
  const { name, version, license } = packageSchema.parse(JSON.parse(packageJson));
  return { name, version, licence: license, texts };
}

const packageSchema = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string().catch("unknown"),
});

/** The layer for x86_64 holds the same, but for the processor in two packages' names. */
function inLayer(): ShippedPackage[] {
  const files = unzipSync(readFileSync(sharpLayer("arm64").path), {
    filter: ({ name }) => basename(name) === "package.json" || isLicenceFile(basename(name)),
  });
  const entries = Object.entries(files);
  return entries
    .filter(([name]) => /^nodejs\/node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(name))
    .map(([name, packageJson]) => {
      const folder = dirname(name);
      const licences = entries.filter(
        ([other]) => dirname(other) === folder && isLicenceFile(basename(other)),
      );
      const found = describePackage(
        strFromU8(packageJson),
        licences.map(([, text]) => strFromU8(text)),
      );
      return found.texts.length > 0 ? found : { ...found, texts: textsOfInstalled(found) };
    });
}

/** The layer leaves Markdown out, so that some licences are in the project's own copy of the package only. */
function textsOfInstalled({ name, version }: ShippedPackage): string[] {
  const folder = join("node_modules", name);
  if (!existsSync(join(PROJECT_FOLDER, folder))) return [];
  const installed = installedPackage(folder);
  return installed.version === version ? installed.texts : [];
}

/** Beside resize's code, in files of its own: stacks/heic.ts. */
const decoder = () => installedPackage("node_modules/libheif-js");

/** Of the package with the watermark's font, the font alone ships: stacks/watermark.ts. */
function font(): ShippedPackage {
  const found = installedPackage("node_modules/@expo-google-fonts/inter", (name) => name === "LICENSE_FONT");
  return { ...found, licence: "OFL-1.1" };
}

/** What Vite's `build.license` writes: https://vite.dev/config/build-options.html#build-license */
function inSite(): ShippedPackage[] {
  if (!existsSync(join(PROJECT_FOLDER, "site/index.html"))) return [];
  const manifest = join(buildSite().folder, SITE_LICENCES);
  if (!existsSync(manifest))
    throw new Error(
      `The web app is built without ${SITE_LICENCES}: set build.license to { fileName: "${SITE_LICENCES}" } in its Vite configuration.`,
    );
  return siteSchema.parse(JSON.parse(readFileSync(manifest, "utf8")));
}

/** Served with the web app, so that whoever gets its code gets the licences too. */
const SITE_LICENCES = "licences.json";

const siteSchema = z.array(
  z
    .object({
      name: z.string(),
      version: z.string(),
      identifier: z.string().default("unknown"),
      text: z.string().optional(),
    })
    .transform(({ name, version, identifier, text }) => ({
      name,
      version,
      licence: identifier,
      texts: text === undefined ? [] : [text],
    })),
);
