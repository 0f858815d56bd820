/** Errors of services, and the forms in which AWS's protocols write them. */
import { JSON_1_0, jsonAnswer, queryAnswer } from "./answers.ts";
import { type Answer, type Call, header } from "./call.ts";
import { element } from "./xml.ts";

/** What a service answers instead of a result. */
export class ServiceError extends Error {
  override name = "ServiceError";
  /** As the API names it. */
  readonly code: string;
  /** Of the HTTP response. */
  readonly status: number;
  /** Elements of the answer that only some errors have. */
  readonly details: Record<string, string>;

  constructor(code: string, message: string, { status = 400, details = {} } = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.details = details;
  }
}

export type ErrorForm = (error: ServiceError, call: Call) => Answer;

/** What the endpoint says under one name, and services under names of their own. */
export type OwnCodes = Partial<
  Record<
    "AccessDenied" | "InternalError" | "SignatureDoesNotMatch" | "SlowDown",
    { code: string; status?: number } | undefined
  >
>;

/** AWS JSON: https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html#operation-error-serialization */
export function jsonErrors({
  contentType = JSON_1_0,
  own = {},
}: {
  contentType?: string;
  own?: OwnCodes;
} = {}): ErrorForm {
  const codes: OwnCodes = {
    AccessDenied: { code: "AccessDeniedException", status: 400 },
    SignatureDoesNotMatch: { code: "InvalidSignatureException" },
    SlowDown: { code: "ThrottlingException", status: 400 },
    ...own,
  };
  return (error) => {
    const { code, status, message } = renamed(error, codes);
    const content = { __type: code, message, Message: message };
    return jsonAnswer(content, { status, contentType, headers: { "x-amzn-errortype": code } });
  };
}

/** AWS query: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#operation-error-serialization */
export function queryErrors(own: OwnCodes = {}): ErrorForm {
  return (error) => {
    const { code, status, message } = renamed(error, {
      SlowDown: { code: "Throttling", status: 400 },
      ...own,
    });
    const type = element("Type", status < 500 ? "Sender" : "Receiver");
    const why = element("Error", type, element("Code", code), element("Message", message));
    return queryAnswer(element("ErrorResponse", why), { status });
  };
}

/** Of those that are not here, the ones whose requests do not tell that they speak XML. */
const REST_XML_SERVICES = ["cloudfront", "route53"];

/** For a service that is not here, as its client would understand it. */
export function unknownServiceErrors(name: string): ErrorForm {
  return (error, call) => {
    const contentType = header(call.headers, "content-type") ?? "";
    const isXml = REST_XML_SERVICES.includes(name) || /x-www-form-urlencoded|xml/.test(contentType);
    return (isXml ? queryErrors() : jsonErrors())(error, call);
  };
}

function renamed({ code, status, message }: ServiceError, codes: OwnCodes) {
  const own = Object.entries(codes).find(([name]) => name === code)?.[1];
  return { code: own?.code ?? code, status: own?.status ?? status, message };
}
