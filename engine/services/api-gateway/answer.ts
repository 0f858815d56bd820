/** What a function answers, made into an HTTP response as payload format 2.0 has it. */
import * as z from "zod";
import { assertSendable, HOP_BY_HOP_HEADERS } from "../../http/headers.ts";

export interface Answer {
  status: number;
  headers: Record<string, string>;
  cookies: string[];
  body: Buffer;
}

const structured = z.object({
  statusCode: z.int().min(200).max(599),
  headers: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))
    .nullish()
    .transform((headers) => Object.entries(headers ?? {})),
  cookies: z
    .array(z.string())
    .nullish()
    .transform((cookies) => cookies ?? []),
  body: z
    .string()
    .nullish()
    .transform((body) => body ?? ""),
  isBase64Encoded: z.boolean().nullish(),
});

/** Undefined when the function's answer is not one that the gateway can use. */
export function answerFrom(payload: string): Answer | undefined {
  const { data } = structured.safeParse(JSON.parse(payload));
  if (!data?.headers.every(([name, value]) => canBeSent(name, value))) return undefined;
  if (!data.cookies.every((cookie) => canBeSent("set-cookie", cookie))) return undefined;
  const own = data.headers.map(([name, value]) => [name.toLowerCase(), value] as const);
  return {
    status: data.statusCode,
    headers: {
      ...(data.body !== "" && { "content-type": "text/plain;charset=UTF-8" }),
      ...Object.fromEntries(own.filter(([name]) => !OWN_OF_GATEWAY.includes(name))),
    },
    cookies: data.cookies,
    body: Buffer.from(data.body, data.isBase64Encoded ? "base64" : "utf8"),
  };
}

/** An answer of the gateway itself. */
export function message(status: number, text: string, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    cookies: [],
    body: Buffer.from(JSON.stringify({ message: text })),
  };
}

/** They say how the gateway sends the answer, which is not the function's to decide. */
const OWN_OF_GATEWAY = [...HOP_BY_HOP_HEADERS, "content-length"];

function canBeSent(name: string, value: string): boolean {
  try {
    assertSendable(name, value);
    return true;
  } catch {
    return false;
  }
}
