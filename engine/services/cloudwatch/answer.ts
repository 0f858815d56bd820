/** Answers in the JSON protocol of AWS. */
import type { ServerResponse } from "node:http";

export function jsonAnswer(response: ServerResponse, body: object): void {
  response.writeHead(200, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify(body));
}

export function jsonError(response: ServerResponse, type: string, message: string): void {
  response
    .writeHead(400, { "content-type": "application/x-amz-json-1.0" })
    .end(JSON.stringify({ __type: type, message }));
}
