/** What the engine tells of itself at its endpoint, unsigned, for tools on this machine. */
import { jsonAnswer, REST_JSON } from "./answers.ts";
import type { Answer, Call } from "./call.ts";

export interface PageSources {
  /** At `/_engine/outputs`: the stack's names, and where everything is. */
  outputs(): object;
  /** At `/_engine/token`: a token of the test user, as text. */
  token(): Promise<string>;
}

export function createPages({ outputs, token }: PageSources): (call: Call) => Promise<Answer> {
  const json = (status: number, content: object) => jsonAnswer(content, { status, contentType: REST_JSON });
  return async ({ method, path }) => {
    const asked = `${method} ${path}`;
    if (asked === "GET /_engine/outputs") return json(200, outputs());
    if (asked === "GET /_engine/token") {
      const headers = { "content-type": "text/plain", "cache-control": "no-store" };
      return { status: 200, headers, body: await token() };
    }
    return json(404, { message: "There are GET /_engine/outputs and GET /_engine/token." });
  };
}
