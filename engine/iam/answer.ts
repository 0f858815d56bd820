/** How each service tells a caller that it may not do that. S3 does so itself. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Call } from "../http/endpoint.ts";

/** Those that speak JSON, and the one that does so over REST. */
const JSON_STATUS: Record<string, number> = { dynamodb: 400, states: 400, sqs: 400, lambda: 403 };

export function answerDenied(
  request: IncomingMessage,
  response: ServerResponse,
  { service }: Pick<Call, "service">,
  message: string,
): void {
  const status = JSON_STATUS[service] ?? (request.headers["x-amz-target"] === undefined ? undefined : 400);
  if (status !== undefined) {
    const type = "AccessDeniedException";
    response.writeHead(status, { "content-type": "application/x-amz-json-1.0", "x-amzn-errortype": type });
    response.end(JSON.stringify({ __type: type, message, Message: message }));
    return;
  }
  const code = service === "sns" ? "AuthorizationError" : "AccessDenied";
  const text = message.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  response.writeHead(403, { "content-type": "text/xml" });
  response.end(
    `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${text}</Message></Error></ErrorResponse>`,
  );
}
