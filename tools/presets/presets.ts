/** `npm run presets -- put shop.json`: presets that count within a minute, without a deployment. */
import { readFileSync } from "node:fs";
import { usualEndpoint } from "../../cli/client.ts";
import { command, runCommand, UsageError } from "../../cli/command.ts";
import { errorText, printable } from "../../cli/text.ts";
import { versionOfPreset } from "../../functions/shared/presets.ts";
import { checkedPresets, deployedSettings, InvalidPresets, packedWith } from "./check.ts";
import { openShelf, type Shelf, type ShelfOptions } from "./shelf.ts";

await runCommand(async () => {
  let code = 0;
  const program = command(
    "presets",
    "Shows and changes presets that need no deployment.",
  ).enablePositionalOptions();
  /** What each of the commands does, at the place that its options name. */
  const on = (work: (shelf: Shelf, ...given: string[]) => Promise<number>) =>
    async function (this: { opts(): ShelfOptions; args: string[] }) {
      const shelf = await openShelf(this.opts());
      try {
        code = await work(shelf, ...this.args);
      } finally {
        shelf.close();
      }
    };
  const add = (usage: string, description: string, work: Parameters<typeof on>[0]) =>
    program
      .command(usage)
      .description(description)
      .option("--endpoint <url>", "where the engine is that npm start runs (AWS_ENDPOINT_URL)", usualEndpoint)
      .option("--table <name>", "of a stack on AWS: its output presets_table_name")
      .action(on(work));
  add(
    "put <file.json>",
    "checks the presets in the file, by their names as in the settings, and puts them into the table",
    put,
  );
  add("list", "shows all presets, and whether the settings or the table say so", list);
  add("get <name>", "shows a preset, as `put` takes it", get);
  add("delete <name>", "takes a preset out of the table; one of the settings comes back", remove);
  await program.parseAsync();
  return code;
});

async function put(shelf: Shelf, file = ""): Promise<number> {
  const given = presetsInFile(file);
  const settings = deployedSettings();
  try {
    const checked = checkedPresets(settings, { ...(await shelf.all()), ...given });
    for (const name of Object.keys(given)) {
      const preset = checked[name];
      if (preset === undefined) continue;
      await shelf.put(name, preset);
      console.log(`${name} ${versionOfPreset(preset)} counts within a minute.`);
    }
    return 0;
  } catch (error) {
    if (error instanceof InvalidPresets) throw new UsageError(`${file}: ${error.message}`);
    throw error;
  }
}

async function list(shelf: Shelf): Promise<number> {
  const stored = await shelf.all();
  const all = { ...packedWith(deployedSettings()), ...stored };
  for (const [name, preset] of Object.entries(all)) {
    const { prefixes, onRequest, variants } = preset;
    const facts = [
      Object.hasOwn(stored, name) ? "of the table" : "of the settings",
      `version ${versionOfPreset(preset)}`,
      ...(onRequest ? ["on request"] : []),
      ...(prefixes.length > 0 ? [`for ${prefixes.map(printable).join(", ")}`] : []),
      `makes ${variants.map((variant) => variant.name).join(", ")}`,
    ];
    console.log(`${name}: ${facts.join("; ")}`);
  }
  return 0;
}

async function get(shelf: Shelf, name = ""): Promise<number> {
  const preset = { ...packedWith(deployedSettings()), ...(await shelf.all()) }[name];
  if (preset === undefined) throw new Error(`There is no preset "${printable(name)}".`);
  console.log(JSON.stringify({ [name]: preset }, undefined, 2));
  return 0;
}

async function remove(shelf: Shelf, name = ""): Promise<number> {
  if (!(await shelf.delete(name)))
    throw new Error(
      `There is no preset "${printable(name)}" in the table. Those of the settings are taken away there.`,
    );
  console.log(`${name} is gone within a minute.`);
  return 0;
}

function presetsInFile(file: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, "utf8"));
    const isByNames = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
    // A preset may be called "variants", but what has a name is no list.
    if (!isByNames || ("variants" in parsed && Array.isArray(parsed.variants)))
      throw new Error('takes presets by their names: {"shop": {"variants": […]}}');
    return { ...parsed };
  } catch (error) {
    throw new UsageError(`${file}: ${errorText(error)}`);
  }
}
