/**
 * Where things are on this machine that have addresses of AWS in the stack. Browsers follow these addresses and compare
 * them, so each text that is handed to one names the places where its parts really are.
 */

/** Replaces the addresses of AWS in a text, scheme and host, by those on this machine. All others stay. */
export type ToLocal = (text: string) => string;

export function createToLocal(services: { localUrl?(host: string): string | undefined }[]): ToLocal {
  const localOf = (host: string) => services.map((service) => service.localUrl?.(host)).find(Boolean);
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
