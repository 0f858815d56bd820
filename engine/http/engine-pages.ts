/** What the engine tells of itself at the door, unsigned, for tools on this machine. */
import type { DoorService } from "./endpoint.ts";

export interface PageSources {
  /** At `/_engine/outputs`: the stack's names, and where everything is. */
  outputs(): object;
  /** At `/_engine/token`: a token of the test user, as text. */
  token(): Promise<string>;
}

export function createPages({ outputs, token }: PageSources): DoorService {
  return async (request, response) => {
    const json = (status: number, body: object) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    const asked = `${request.method} ${request.url}`;
    if (asked === "GET /_engine/outputs") json(200, outputs());
    else if (asked === "GET /_engine/token") response.end(await token());
    else json(404, { message: "There are GET /_engine/outputs and GET /_engine/token." });
  };
}
