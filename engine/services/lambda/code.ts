/** Archives on disk: a function's code unpacked for its processes, and a layer's packages linked to the installed ones. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { strFromU8, unzipSync } from "fflate";
import { StackError } from "../../stack/read.ts";

export class CodeStore {
  readonly #folder: string;
  readonly #modules: string;
  readonly #unpacked = new Map<string, Promise<string>>();

  /** `folder` belongs to this engine alone; `modules` is the `node_modules` whose packages stand in for a layer's. */
  constructor(options: { folder: string; modules: string }) {
    this.#folder = options.folder;
    this.#modules = options.modules;
  }

  /** The folder that holds the function's unpacked archive; each archive is unpacked once. */
  async unpackFunction(archive: string): Promise<string> {
    return this.#once("code", archive, async (bytes, folder) => {
      for (const [name, content] of Object.entries(unzipSync(bytes))) {
        const path = inside(folder, name, archive);
        await mkdir(name.endsWith("/") ? path : dirname(path), { recursive: true });
        if (!name.endsWith("/")) await writeFile(path, content);
      }
    });
  }

  /**
   * A `node_modules` folder with each package that the layer has at its top level, linked to the one installed on this
   * machine: the layer's own are built for Lambda's system and processor.
   */
  async linkLayer(archive: string): Promise<string> {
    const folder = await this.#once("layer", archive, async (bytes, folder) => {
      for (const { name, native } of layerPackages(bytes)) {
        const installed = join(this.#modules, name);
        if (!existsSync(installed)) {
          if (native) continue;
          throw new StackError(
            `${archive} holds the package ${name}, which is not installed: run npm install.`,
          );
        }
        const link = join(folder, "node_modules", name);
        await mkdir(dirname(link), { recursive: true });
        await symlink(installed, link, "junction");
      }
    });
    return join(folder, "node_modules");
  }

  async #once(
    kind: string,
    archive: string,
    unpack: (bytes: Uint8Array, folder: string) => Promise<void>,
  ): Promise<string> {
    const bytes = await readFile(archive);
    const key = `${kind}-${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}`;
    const folder = join(this.#folder, key);
    const unpacking =
      this.#unpacked.get(key) ??
      mkdir(folder, { recursive: true })
        .then(() => unpack(bytes, folder))
        .then(() => folder);
    this.#unpacked.set(key, unpacking);
    return unpacking;
  }
}

/** The packages directly under `nodejs/node_modules`, `@scope/name` included; `native` ones fit one system only. */
function layerPackages(bytes: Uint8Array): { name: string; native: boolean }[] {
  const manifests = unzipSync(bytes, { filter: ({ name }) => MANIFEST_OF.test(name) });
  return Object.entries(manifests).map(([path, content]) => {
    const manifest: unknown = JSON.parse(strFromU8(content));
    const native =
      typeof manifest === "object" && manifest !== null && ("os" in manifest || "cpu" in manifest);
    return { name: MANIFEST_OF.exec(path)?.[1] ?? path, native };
  });
}

const MANIFEST_OF = /^nodejs\/node_modules\/((?:@[^/]+\/)?[^/@.][^/]*)\/package\.json$/;

function inside(folder: string, name: string, archive: string): string {
  const path = normalize(join(folder, name));
  if (!path.startsWith(folder)) throw new StackError(`${archive} holds a path outside of itself: ${name}`);
  return path;
}
