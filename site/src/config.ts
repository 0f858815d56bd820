/** What the page is told at run time, in /config.json: the same build is served for every environment. */
export interface Config {
  /** Base of the REST API, without a slash at the end. */
  apiUrl: string;
  signIn: { url: string; issuer: string; clientId: string };
  /** Who may have an account: whoever likes, only who is invited, or whoever has an e-mail address of one of these domains. */
  signUp: SignUp;
  /** The largest file that the pipeline takes. */
  maxBytes: number;
  /** Whether photographs are taken as iPhones write them. Where they are not, iPhones send JPEGs, because the page asks for no HEIC. */
  takesHeic: boolean;
  /** False when executions keep their history in the logs only. */
  hasHistory: boolean;
}

export type SignUp = "open" | "invited" | { domains: string[] };

/** The settings are missing or wrong: nothing can be done without them. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

/** @throws ConfigError */
export async function loadConfig(): Promise<Config> {
  let content: unknown;
  try {
    const answer = await fetch("/config.json");
    if (!answer.ok) throw new Error(`it was answered with ${answer.status}`);
    content = await answer.json();
  } catch (cause) {
    throw new ConfigError("The settings of this page, /config.json, cannot be loaded.", { cause });
  }
  return readConfig(content);
}

/** @throws ConfigError that names the first setting that is wrong. */
export function readConfig(content: unknown): Config {
  const all = asObject(content, "The whole of it");
  const signIn = asObject(all.signIn, "signIn");
  return {
    apiUrl: asAddress(all.apiUrl, "apiUrl"),
    signIn: {
      url: asAddress(signIn.url, "signIn.url"),
      issuer: asAddress(signIn.issuer, "signIn.issuer"),
      clientId: asText(signIn.clientId, "signIn.clientId"),
    },
    signUp: asSignUp(all.signUp),
    maxBytes: asCount(all.maxBytes, "maxBytes"),
    takesHeic: all.takesHeic === true,
    hasHistory: all.hasHistory !== false,
  };
}

function asObject(value: unknown, name: string): Record<string, unknown> {
  if (isObject(value)) return value;
  throw wrong(name, "an object");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function asSignUp(value: unknown): SignUp {
  if (value === undefined || value === "open") return "open";
  if (value === "invited") return value;
  const { domains } = asObject(value, "signUp");
  if (Array.isArray(domains) && domains.length > 0)
    return { domains: domains.map((domain) => asText(domain, "signUp.domains")) };
  throw wrong("signUp.domains", "a list of domains");
}

function asText(value: unknown, name: string): string {
  if (typeof value === "string" && value.trim() !== "") return value;
  throw wrong(name, "a text");
}

/** An absolute address, or a path of this origin. */
function asAddress(value: unknown, name: string): string {
  const text = asText(value, name);
  if (/^https?:\/\//.test(text) || /^\/(?!\/)/.test(text)) return text.replace(/\/+$/, "");
  throw wrong(name, "an address that starts with https:// or /");
}

function asCount(value: unknown, name: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  throw wrong(name, "a number above zero");
}

function wrong(name: string, expected: string): ConfigError {
  return new ConfigError(
    `The settings of this page, /config.json, are wrong: ${name} has to be ${expected}.`,
  );
}
