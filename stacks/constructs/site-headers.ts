/** The headers of every answer of the web app: what its page may do, and who may put it into theirs. */
import { CloudfrontResponseHeadersPolicy } from "@cdktf/provider-aws/lib/cloudfront-response-headers-policy/index.js";
import type { Construct } from "constructs";

export interface SiteHeadersOptions {
  namePrefix: string;
  /** Where images come from. */
  imageOrigins: string[];
  /** What the page talks to, beside its own origin. */
  connectOrigins: string[];
  /** Where files are saved from. */
  fileOrigins: string[];
}

/** @returns the policy's id. */
export function siteHeaders(scope: Construct, options: SiteHeadersOptions): string {
  const { id } = new CloudfrontResponseHeadersPolicy(scope, "headers", {
    name: `${options.namePrefix}-site`,
    comment: "Security headers of the web app",
    securityHeadersConfig: {
      contentSecurityPolicy: { contentSecurityPolicy: contentSecurityPolicy(options), override: true },
      contentTypeOptions: { override: true },
      frameOptions: { frameOption: "DENY", override: true },
      referrerPolicy: { referrerPolicy: "no-referrer", override: true },
      strictTransportSecurity: {
        accessControlMaxAgeSec: ONE_YEAR_SECONDS,
        includeSubdomains: true,
        override: true,
      },
    },
    customHeadersConfig: {
      items: Object.entries(MORE_HEADERS).map(([header, value]) => ({ header, value, override: true })),
    },
  });
  return id;
}

const ONE_YEAR_SECONDS = 31_536_000;

const MORE_HEADERS = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
};

/** https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CSP */
function contentSecurityPolicy({ imageOrigins, connectOrigins, fileOrigins }: SiteHeadersOptions): string {
  const directives = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "font-src": "'self'",
    "manifest-src": "'self'",
    // data: placeholders; blob: previews of files that are about to be sent.
    "img-src": ["'self'", "data:", "blob:", ...imageOrigins].join(" "),
    "connect-src": ["'self'", ...fileOrigins, ...connectOrigins].join(" "),
    // One that is not seen, for each file that the browser saves.
    "frame-src": fileOrigins.join(" "),
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
  };
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources}`)
    .join("; ");
}
