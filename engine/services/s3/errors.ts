/** The errors S3 answers, with S3's codes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */

import { ServiceError } from "../../http/errors.ts";

const STATUS_OF_CODE = {
  AccessControlListNotSupported: 400,
  AccessDenied: 403,
  AccessForbidden: 403,
  AuthorizationHeaderMalformed: 400,
  AuthorizationQueryParametersError: 400,
  BadDigest: 400,
  BucketAlreadyOwnedByYou: 409,
  EntityTooSmall: 400,
  IncompleteBody: 400,
  InternalError: 500,
  InvalidArgument: 400,
  InvalidBucketName: 400,
  InvalidObjectState: 403,
  InvalidPart: 400,
  InvalidPartNumber: 416,
  InvalidPartOrder: 400,
  InvalidRange: 416,
  InvalidRequest: 400,
  InvalidURI: 400,
  KeyTooLongError: 400,
  MalformedTrailerError: 400,
  MalformedXML: 400,
  MetadataTooLarge: 400,
  MethodNotAllowed: 405,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  NoSuchVersion: 404,
  NotImplemented: 501,
  NotModified: 304,
  PreconditionFailed: 412,
  SignatureDoesNotMatch: 403,
  XAmzContentSHA256Mismatch: 400,
} as const;

export type S3ErrorCode = keyof typeof STATUS_OF_CODE;

export class S3Error extends ServiceError {
  override name = "S3Error";
  readonly headers: Record<string, string>;

  constructor(
    code: S3ErrorCode,
    message: string,
    headers: Record<string, string> = {},
    details: Record<string, string> = {},
  ) {
    super(code, message, { status: STATUS_OF_CODE[code], details });
    this.headers = headers;
  }
}

/** The status that S3 has for an error of the endpoint's. */
export function statusOf({ code, status }: ServiceError): number {
  return Object.entries(STATUS_OF_CODE).find(([name]) => name === code)?.[1] ?? status;
}
