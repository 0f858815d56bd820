/**
 * docs/files.md is what becomes of the corpus, as it was seen to. `npx vitest -u __tests__/functions/files-page.test.ts` writes it
 * anew.
 */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ImageRejected, parseRejection, REJECTION_CODES } from "../../functions/shared/errors.ts";
import type { Case } from "../fixtures/corpus/case.ts";
import { CORPUS, publish } from "../fixtures/corpus/corpus.ts";

const FORMATS = ["JPEG", "PNG", "WebP", "AVIF", "GIF", "TIFF", "HEIC"];

/** What the files of a format are, each kind once, as a list in a sentence. */
function kindsOf(cases: Case[], format: string): string {
  const kinds = cases
    .filter(({ name }) => name.startsWith(format))
    .map(({ name }) =>
      name
        .slice(format.length)
        .replace(/^( by libvips)?,? ?/, "")
        .replace(/ at 0\.\d+/, "")
        .replace(/orientation \d/, "orientation"),
    );
  return [...new Set(kinds)].filter((kind) => kind !== "").join("; ");
}

async function rejectionOf({ name, make }: Case): Promise<{ code: string; reason: string }> {
  try {
    await publish(await make());
  } catch (error) {
    if (error instanceof ImageRejected) return parseRejection(error.message);
    throw error;
  }
  throw new Error(`${name} was published.`);
}

it("the page of files says what becomes of each kind", async () => {
  const accepted = CORPUS.filter(({ expected }) => "fields" in expected);
  const refused = CORPUS.filter(({ expected }) => !("fields" in expected));
  const rejections: { code: string; reason: string; of: Case }[] = [];
  for (const of of refused) rejections.push({ ...(await rejectionOf(of)), of });
  const damaged = rejections.filter(({ code }) => code === "CORRUPT").map(({ of }) => of);
  const kindsByAdvice = new Map<string, Set<string>>();
  for (const { code, reason } of rejections) {
    if (code !== "UNSUPPORTED_TYPE") continue;
    const [, kind = reason, advice = ""] = /^This is (.*?)\. (.*)$/.exec(reason) ?? [];
    kindsByAdvice.set(advice, (kindsByAdvice.get(advice) ?? new Set()).add(kind));
  }
  const others = new Map(rejections.map(({ code, reason }) => [code, reason]));
  others.delete("UNSUPPORTED_TYPE");
  const page = [
    "# Files",
    `What becomes of ${CORPUS.length} files, of all the kinds that people have. A test makes them, looks at the colours of what is published, and writes this page.`,
    "## Published",
    "Upright, in sRGB, with 8 bits a channel and without metadata. Of an animation in WebP or GIF all frames; of one in AVIF or PNG, and of a TIFF of many pages, the first picture.",
    "| type | kinds |",
    "| --- | --- |",
    ...FORMATS.map((format) => `| ${format} | ${kindsOf(accepted, format)} |`),
    "",
    "## Rejected",
    'With a sentence for the person who uploaded the file. That of `UNSUPPORTED_TYPE` names what the file is, "This is a Lab TIFF.", and goes on with what to do:',
    "| it is | what to do |",
    "| --- | --- |",
    ...[...kindsByAdvice].map(([advice, kinds]) => `| ${[...kinds].join("; ")} | ${advice} |`),
    "",
    "Others, of which the figures differ from file to file:",
    "| code | sentence |",
    "| --- | --- |",
    ...[...others].map(([code, reason]) => `| \`${code}\` | ${reason} |`),
    "",
    "`CORRUPT` is said of files of which a part is missing or unreadable, also where the decoder would show grey or black for it:",
    "| type | damage |",
    "| --- | --- |",
    ...FORMATS.map((format) => `| ${format} | ${kindsOf(damaged, format)} |`),
  ];
  // Markdown wants an empty line after a heading and around a table.
  const isTable = (line: string | undefined) => line?.startsWith("|") ?? false;
  const text = page.map((line) => (line === "" || isTable(line) ? line : `${line}\n`));
  await expect(`${text.join("\n")}\n`).toMatchFileSnapshot("../../docs/files.md");
});

it("the README says when each code is given, and of no other code", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const [, table = ""] = /\| code \| when \|\n(.*?)\n\n/s.exec(readme) ?? [];
  const codes = table.split("\n").flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`([A-Z_]+)`/g)]);
  expect(codes.map(([, code]) => code).toSorted()).toEqual([...REJECTION_CODES].toSorted());
});
