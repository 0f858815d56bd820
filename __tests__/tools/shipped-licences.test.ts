import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { isAllowedInDevelopment, notAllowedToShip } from "../../tools/shipped/allowed-licences.ts";
import { licenceDocument } from "../../tools/shipped/licence-document.ts";
import { type Place, type ShippedPackage, shippedPackages } from "../../tools/shipped/packages.ts";
import { projectFolder } from "../fixtures/stack.ts";

let shipped: Record<Place, ShippedPackage[]>;
beforeAll(() => {
  shipped = shippedPackages();
});

const names = (place: Place) => shipped[place].map(({ name }) => name);
const licensed = (name: string, licence: string): ShippedPackage => ({
  name,
  version: "1.0.0",
  licence,
  texts: [],
});
const nothing = { functions: [], decoder: [], layer: [], font: [], site: [] };

describe("what ships", () => {
  it("is what the bundles, the layer and the font hold, and nothing that only builds or tests", () => {
    expect(names("functions")).toEqual(expect.arrayContaining(["@aws-sdk/client-s3", "@middy/core", "zod"]));
    expect(names("layer")).toEqual(expect.arrayContaining(["sharp", "@img/sharp-libvips-linux-arm64"]));
    expect(names("decoder")).toEqual(["libheif-js"]);
    expect(names("functions")).not.toContain("libheif-js");
    expect(names("font")).toEqual(["@expo-google-fonts/inter"]);
    const all = Object.values(shipped).flat();
    for (const tool of ["cdktf", "esbuild", "fauxqs", "vitest"])
      expect(all).not.toContainEqual(expect.objectContaining({ name: tool }));
  });

  it("has licences that allow it", () => {
    expect(notAllowedToShip(shipped)).toEqual([]);
  });

  it("is listed in THIRD-PARTY-LICENCES.md: `npm run licences` writes it anew", () => {
    const written = readFileSync(join(projectFolder, "THIRD-PARTY-LICENCES.md"), "utf8");
    expect(written.replaceAll("\r\n", "\n")).toBe(licenceDocument(shipped));
  });
});

describe("licences that may not ship", () => {
  it.each([
    "GPL-3.0-only",
    "AGPL-3.0-or-later",
    "LGPL-3.0-or-later",
    "MPL-2.0",
    "MIT AND GPL-2.0-only",
    "unknown",
  ])("are such as %s", (licence) => {
    const functions = [licensed("some-package", licence)];
    expect(notAllowedToShip({ ...nothing, functions })).toEqual([
      `some-package 1.0.0 (functions): ${licence}`,
    ]);
  });

  it("do not matter where another one is offered", () => {
    expect(notAllowedToShip({ ...nothing, site: [licensed("either", "(MIT OR GPL-3.0-or-later)")] })).toEqual(
      [],
    );
  });

  it("are LGPL's everywhere but for libvips in the layer, and libheif beside the code", () => {
    const libheif = licensed("libheif-js", "LGPL-3.0");
    expect(notAllowedToShip({ ...nothing, decoder: [libheif] })).toEqual([]);
    expect(notAllowedToShip({ ...nothing, functions: [libheif] })).toHaveLength(1);
    expect(notAllowedToShip({ ...nothing, decoder: [licensed("other", "LGPL-3.0")] })).toHaveLength(1);
  });

  it("are Mozilla's everywhere but for ExifReader in the web app", () => {
    const exifreader = licensed("exifreader", "MPL-2.0");
    expect(notAllowedToShip({ ...nothing, site: [exifreader] })).toEqual([]);
    expect(notAllowedToShip({ ...nothing, functions: [exifreader] })).toHaveLength(1);
    expect(notAllowedToShip({ ...nothing, site: [licensed("other", "MPL-2.0")] })).toHaveLength(1);
    const libvips = licensed("@img/sharp-libvips-linux-x64", "LGPL-3.0-or-later");
    expect(notAllowedToShip({ ...nothing, layer: [libvips] })).toEqual([]);
    expect(notAllowedToShip({ ...nothing, functions: [libvips] })).toHaveLength(1);
    expect(
      notAllowedToShip({ ...nothing, layer: [licensed("@img/other", "LGPL-3.0-or-later")] }),
    ).toHaveLength(1);
  });
});

describe("the document", () => {
  it("has each text once, with who holds the copyright", () => {
    const text = (holder: string) => `Example License\n\nCopyright (c) 2026 ${holder}\n\nDo as you like.\n`;
    const functions = [
      { ...licensed("one", "MIT"), texts: [text("First Person <first@example.org>")] },
      { ...licensed("two", "MIT"), texts: [text("Second Person").replaceAll("\n", "\r\n")] },
    ];
    const document = licenceDocument({ ...nothing, functions });
    expect(document.match(/Do as you like/g)).toHaveLength(1);
    expect(document).toContain(
      "- one: Copyright (c) 2026 First Person\n- two: Copyright (c) 2026 Second Person\n",
    );
  });

  it("takes the text of a package that brings none from the SPDX list, and does not make one up", () => {
    expect(licenceDocument({ ...nothing, functions: [licensed("bare", "0BSD")] })).toContain(
      "Permission to use, copy, modify, and/or distribute this software",
    );
    expect(() => licenceDocument({ ...nothing, functions: [licensed("bare", "unknown")] })).toThrow(
      'bare brings no licence text, and SPDX has none for "unknown".',
    );
  });
});

it("what only builds and tests has licences that allow that", () => {
  const lock: { packages: Record<string, { license?: string; link?: boolean }> } = JSON.parse(
    readFileSync(join(projectFolder, "package-lock.json"), "utf8"),
  );
  const refused = Object.entries(lock.packages)
    // A link to a workspace, which has an entry of its own.
    .filter(([, { license, link }]) => !link && !isAllowedInDevelopment(license ?? "unknown"))
    .map(([path, { license }]) => `${path}: ${license}`);
  expect(refused).toEqual([]);
});
