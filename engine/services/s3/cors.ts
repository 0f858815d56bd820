/** Which pages of other origins may use a bucket: https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html */

export interface CorsRule {
  allowedMethods: string[];
  /** Each with at most one `*`. */
  allowedOrigins: string[];
  allowedHeaders?: string[];
  exposeHeaders?: string[];
  maxAgeSeconds?: number;
}

export interface CorsRequest {
  origin: string;
  method: string;
  /** What a preflight asks for, lower case. */
  headers: string[];
}

/** The response headers of the first rule that allows the request; none when no rule does. */
export function corsHeaders(rules: CorsRule[], request: CorsRequest): Record<string, string> | undefined {
  for (const rule of rules) {
    const origin = rule.allowedOrigins.find((pattern) => matches(pattern, request.origin));
    if (origin === undefined || !rule.allowedMethods.includes(request.method)) continue;
    const allowed = (header: string) => rule.allowedHeaders?.some((pattern) => matches(pattern, header, "i"));
    if (!request.headers.every(allowed)) continue;
    return {
      "access-control-allow-origin": origin === "*" ? "*" : request.origin,
      "access-control-allow-methods": rule.allowedMethods.join(", "),
      ...(origin !== "*" && { "access-control-allow-credentials": "true" }),
      ...(request.headers.length > 0 && { "access-control-allow-headers": request.headers.join(", ") }),
      ...(rule.exposeHeaders?.length && { "access-control-expose-headers": rule.exposeHeaders.join(", ") }),
      ...(rule.maxAgeSeconds !== undefined && { "access-control-max-age": String(rule.maxAgeSeconds) }),
      vary: "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
    };
  }
  return undefined;
}

function matches(pattern: string, text: string, flags = ""): boolean {
  const source = pattern.split("*").map(RegExp.escape);
  return new RegExp(`^${source.join(".*")}$`, flags).test(text);
}
