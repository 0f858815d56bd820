/**
 * Where things are on this machine that have addresses of AWS in the stack. Browsers follow these addresses and compare
 * them, so each text that is handed to one names the places where its parts really are.
 */

export interface LocalPlaces {
  /** The hosts of the stack's web app on AWS, as far as they are known. */
  siteHosts(): string[];
  /** Base URLs on this machine; empty for what the stack does not have. */
  siteUrl(): string;
  bucketsUrl(): string;
  signInUrl(): string;
  apiUrl(): string;
}

/** Replaces the addresses of AWS in a text, scheme and host, by those on this machine. All others stay. */
export type ToLocal = (text: string) => string;

const BUCKET_HOST = /^(?:[\w.*-]+\.)?s3\.[a-z0-9-]+\.amazonaws\.com$/;
const SIGN_IN_HOST = /^[\w-]+\.auth\.[a-z0-9-]+\.amazoncognito\.com$/;
const API_HOST = /^\w+\.execute-api\.[a-z0-9-]+\.amazonaws\.com$/;

export function createToLocal({ siteHosts, siteUrl, bucketsUrl, signInUrl, apiUrl }: LocalPlaces): ToLocal {
  const localOf = (host: string) => {
    if (siteHosts().includes(host)) return siteUrl();
    if (BUCKET_HOST.test(host)) return bucketsUrl();
    if (SIGN_IN_HOST.test(host)) return signInUrl();
    return API_HOST.test(host) ? apiUrl() : "";
  };
  return (text) =>
    text.replace(
      /https:\/\/([\w*-]+(?:\.[\w*-]+)+)/g,
      (address, host: string) => localOf(host.toLowerCase()) || address,
    );
}

/**
 * A Content-Security-Policy with the addresses of this machine. Several buckets are one place here, and are named once;
 * `upgrade-insecure-requests` is left out, because nothing speaks TLS here.
 */
export function localContentSecurityPolicy(policy: string, toLocal: ToLocal): string {
  const directives = toLocal(policy)
    .split(";")
    .map((directive) => [...new Set(directive.trim().split(/\s+/))].join(" "));
  return directives.filter((directive) => directive !== "" && directive !== TLS_DIRECTIVE).join("; ");
}

const TLS_DIRECTIVE = "upgrade-insecure-requests";
