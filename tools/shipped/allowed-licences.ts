/** What may ship: permissive licences; libvips and libheif as libraries of their own that can be replaced; ExifReader as it is. */
import type { Place, ShippedPackage } from "./packages.ts";

const PERMISSIVE = [
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MIT-0",
];
const FONT = "OFL-1.1";
const LIBVIPS = "LGPL-3.0-or-later";
const LIBHEIF = "LGPL-3.0";
/** It is about its own files only, which are as their authors published them. */
const EXIFREADER = "MPL-2.0";
/** Of argparse, by way of which oazapfts reads YAML: as permissive as MIT. */
const PYTHON = "Python-2.0";

/** What helps to build and test, and goes nowhere. */
const DEVELOPMENT = [...PERMISSIVE, FONT, LIBVIPS, LIBHEIF, EXIFREADER, PYTHON, "Unlicense", "Public Domain"];

/** @returns a line for each package that may not ship. */
export function notAllowedToShip(shipped: Record<Place, ShippedPackage[]>): string[] {
  return Object.entries(shipped).flatMap(([place, packages]) =>
    packages
      .filter(({ name, licence }) => !isWithin(licence, allowedFor(place, name)))
      .map(({ name, version, licence }) => `${name} ${version} (${place}): ${licence}`),
  );
}

export function isAllowedInDevelopment(licence: string): boolean {
  return isWithin(licence, DEVELOPMENT);
}

function allowedFor(place: string, name: string): string[] {
  if (place === "layer" && name.startsWith("@img/sharp-libvips-")) return [LIBVIPS];
  if (place === "decoder" && name === "libheif-js") return [LIBHEIF];
  if (place === "site" && name === "exifreader") return [EXIFREADER];
  if (place === "font" || place === "site") return [...PERMISSIVE, FONT];
  return PERMISSIVE;
}

/** One of several that are offered is enough; of several that hold together, all have to be allowed. */
function isWithin(expression: string, allowed: string[]): boolean {
  return expression
    .replaceAll(/[()]/g, "")
    .split(" OR ")
    .some((choice) => choice.split(" AND ").every((licence) => allowed.includes(licence)));
}
