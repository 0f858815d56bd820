/**
 * Functions that run at the edge, in contexts of their own: the language and nothing else. The language is this engine's,
 * which takes more than CloudFront's does (no `for…of`, classes, spreading or destructuring there):
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html
 */
import { constants, createContext, Script } from "node:vm";

/** `written`: what it wrote to the console; `result`: what it returned, through JSON. */
export type Run = { written: string[] } & ({ result: unknown } | { error: string });

/** CloudFront allows about a millisecond; this only ends what would never end, and is no short time on a busy machine. */
const TIMEOUT_MS = 2000;

export class EdgeFunction {
  readonly name: string;
  readonly #script: Script;

  /** @throws SyntaxError */
  constructor(name: string, code: string) {
    this.name = name;
    this.#script = new Script(`"use strict";${code}`, { filename: `${name}.js` });
  }

  /** Nothing is left of one run in the next. */
  run(event: object): Run {
    const context = createContext(constants.DONT_CONTEXTIFY, {
      codeGeneration: { strings: false, wasm: false },
      // What the function awaits is done before the script returns.
      microtaskMode: "afterEvaluate",
    });
    const written: string[] = consoleOf.runInContext(context);
    try {
      this.#script.runInContext(context, { timeout: TIMEOUT_MS });
      const { json, error }: Outcome = callWith(event).runInContext(context, { timeout: TIMEOUT_MS });
      if (error !== undefined) return { written, error };
      return { written, result: json === undefined ? undefined : JSON.parse(json) };
    } catch (error) {
      return { written, error: String(error) };
    }
  }
}

const consoleOf = new Script(`(() => {
  const written = [];
  const log = (...words) => void written.push(words.map(String).join(" "));
  globalThis.console = { log, error: log };
  return written;
})()`);

interface Outcome {
  json?: string;
  error?: string;
}

/** Event and result cross as JSON, so that neither side holds an object of the other. */
function callWith(event: object): Script {
  const literal = JSON.stringify(JSON.stringify(event));
  return new Script(`(() => {
    const outcome = { error: "It waits for something that never comes." };
    const call = async () => handler(JSON.parse(${literal}));
    call().then(
      (result) => { delete outcome.error; outcome.json = JSON.stringify(result); },
      (error) => { outcome.error = String(error); },
    );
    return outcome;
  })()`);
}
