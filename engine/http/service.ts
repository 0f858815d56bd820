/** All that the engine knows of a service: to add one is to write one of these, and to name it in `services/index.ts`. */
import type { Access } from "../iam/index.ts";
import type { Stack } from "../stack/read.ts";
import type { ResourceTypes } from "../stack/resource.ts";
import type { Answer, Call } from "./call.ts";
import type { ErrorForm } from "./errors.ts";

/** What there is of a service, known before any of it runs. */
export interface ServiceDescription {
  /** As requests are signed for it: `s3`, `states`, `cognito-idp`. */
  name: string;
  /** As people know it: `Step Functions`. */
  title: string;
  /** The operations that are here, as the API names them. */
  operations: readonly string[];
}

/** The API of a service, behind the endpoint. */
export interface ServiceApi extends ServiceDescription {
  /** What `x-amz-target` begins with, by which a request is known that nobody signed. */
  target?: string;
  /** Reads what a call asks for, and does nothing yet. */
  read(call: Call): Operation | Promise<Operation>;
  /** It gets what nobody signed and no target names. */
  takesUnsigned?: true;
  /**
   * Its addresses are those of files: they are signed as they are, links without a body, and with every header that says something to it.
   * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
   */
  addressesFiles?: true;
  /** Writes an error as the service's clients expect it. */
  writeError: ErrorForm;
}

/** What a call asks of a service. */
export interface Operation {
  /** One of the service's `operations`, or else what was asked for. */
  name: string;
  /** What it is about, where one may want to know: bucket and key. */
  resource?: string;
  /** What the caller needs to be allowed; undefined where nobody has said so yet: then it is allowed to nobody but the administrator. */
  permissions: Access[] | undefined;
  /** A browser asks before it is allowed anything: no signature is looked at, and no permission needed. */
  isForNobody?: boolean;
  /** It takes its body as it comes, and refuses one that has not the SHA-256 that was signed. Others' is checked before. */
  checksBody?: boolean;
  /** Undefined for what is none of the service's operations. @throws ServiceError */
  perform: (() => Answer | Promise<Answer>) | undefined;
}

/** A part of the engine that stands in for a service of AWS. */
export interface Service {
  /** None for what has nothing but addresses of its own, and for what is only in the stack. */
  apis: ServiceApi[];
  /** The types of Terraform resources that are its, by name. */
  resources: ResourceTypes;
  /** Opens a port of its own, where the stack has what is served there, before the stack is applied. @throws PortTakenError */
  start?(stack: Stack): Promise<void>;
  /** Where what AWS has at a host is on this machine; empty, or undefined, where that is not its host. */
  localUrl?(host: string): string | undefined;
  /** Goes on with what an earlier engine had begun, once the stack is applied. */
  resume?(): Promise<void>;
  stop?(): Promise<void>;
}
