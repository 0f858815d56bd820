/** Archives on disk: a function's code unpacked for its processes, and a layer's packages linked to the installed ones. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { strFromU8, unzipSync } from "fflate";
import type { EngineContext } from "../../context.ts";
import { StackError } from "../../stack-error.ts";

export interface FunctionCode {
  /** Where the archive is unpacked. */
  taskRoot: string;
  /** Where Node keeps what it compiled of it. */
  compileCache: string;
}

export class CodeStore {
  readonly #context: Pick<EngineContext, "cache" | "folder">;
  readonly #made = new Map<string, Promise<string>>();

  constructor(context: Pick<EngineContext, "cache" | "folder">) {
    this.#context = context;
  }

  /** Unpacks the function's archive, if no engine has done so yet. */
  async unpackFunction(archive: string): Promise<FunctionCode> {
    const bytes = await readFile(archive);
    const folder = await this.#once(`function-${hashOf(bytes)}`, (name) =>
      this.#context.cache.folder(name, async (draft) => {
        await mkdir(join(draft, COMPILED));
        await unpack(bytes, join(draft, CODE), archive);
      }),
    );
    return { taskRoot: join(folder, CODE), compileCache: join(folder, COMPILED) };
  }

  /**
   * A `node_modules` folder with each package that the layer has at its top level, linked to the one installed on this
   * machine: the layer's own are built for Lambda's system and processor.
   */
  async linkLayer(archive: string): Promise<string> {
    const { folder } = this.#context;
    const bytes = await readFile(archive);
    return this.#once(`layer-${hashOf(bytes)}`, async (name) => {
      const linked = join(folder, name, "node_modules");
      await mkdir(linked, { recursive: true });
      for (const { name, native } of layerPackages(bytes)) {
        const installed = join(installedModules, name);
        if (!existsSync(installed)) {
          if (native) continue;
          throw new StackError(
            `${archive} holds the package ${name}, which is not installed: run npm install.`,
          );
        }
        const link = join(linked, name);
        await mkdir(dirname(link), { recursive: true });
        await symlink(installed, link, "junction");
      }
      return linked;
    });
  }

  #once(name: string, make: (name: string) => Promise<string>): Promise<string> {
    const made = this.#made.get(name) ?? make(name);
    this.#made.set(name, made);
    return made;
  }
}

/** Its packages stand in for those of layers. */
const installedModules = join(import.meta.dirname, "../../..", "node_modules");
const CODE = "code";
const COMPILED = "compiled";

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 32);
}

async function unpack(bytes: Uint8Array, folder: string, archive: string): Promise<void> {
  await mkdir(folder);
  for (const [name, content] of Object.entries(unzipSync(bytes))) {
    const path = inside(folder, name, archive);
    await mkdir(name.endsWith("/") ? path : dirname(path), { recursive: true });
    if (!name.endsWith("/")) await writeFile(path, content);
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
