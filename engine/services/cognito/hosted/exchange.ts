/** One request to the hosted pages and its answer. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Html } from "./html.ts";

const MAXIMUM_FORM_BYTES = 65_536;

export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly query: URLSearchParams;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.request = request;
    this.response = response;
    const [path = "/", query = ""] = (request.url ?? "/").split(/\?(.*)/s);
    this.path = path;
    this.query = new URLSearchParams(query);
  }

  get method(): string {
    // Node leaves out the body of an answer to HEAD by itself.
    return this.request.method === "HEAD" ? "GET" : (this.request.method ?? "GET");
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  cookie(name: string): string | undefined {
    const pairs = (this.header("cookie") ?? "").split(/;\s*/).map((pair) => pair.split("="));
    return pairs.find(([key]) => key === name)?.[1];
  }

  /** The fields of a submitted form. @throws WrongForm */
  async form(): Promise<URLSearchParams> {
    if (!/^application\/x-www-form-urlencoded\b/i.test(this.header("content-type") ?? ""))
      throw new WrongForm();
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of this.request) {
      size += (chunk as Buffer).length;
      // What is too much is read all the same: the client hears of it when it has sent everything.
      if (size <= MAXIMUM_FORM_BYTES) chunks.push(chunk as Buffer);
    }
    if (size > MAXIMUM_FORM_BYTES) throw new WrongForm();
    return new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
  }

  page(status: number, page: Html): void {
    this.response
      .writeHead(status, {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        // Without form-action: browsers apply that to where an app sends people after it signed them in, too.
        "content-security-policy":
          "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
      })
      .end(page.text);
  }

  json(status: number, body: unknown, headers: Record<string, string> = {}): void {
    this.response
      .writeHead(status, { "content-type": "application/json", "cache-control": "no-store", ...headers })
      .end(JSON.stringify(body));
  }

  /** 303, so that what follows a form is always fetched with GET. */
  redirect(location: string): void {
    this.response.writeHead(303, { location, "cache-control": "no-store" }).end();
  }
}

/** Not a form, or a larger one than there is. */
export class WrongForm extends Error {
  override name = "WrongForm";
}
