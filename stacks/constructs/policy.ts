/** IAM policy documents, as the objects they are. */
import { Lazy } from "cdktf";

export interface Statement {
  Sid?: string;
  Effect: "Allow" | "Deny";
  Principal?: "*" | Record<string, string | string[]>;
  Action: string | string[];
  Resource?: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

export function policyJson(statements: Statement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

/** A policy that may still grow until the stack is synthesized. */
export function growingPolicyJson(statements: Statement[]): string {
  return Lazy.stringValue({ produce: () => policyJson(statements) });
}

/** Lets a service assume a role. One that works for several accounts is not to be talked into using it for another one. */
export function trustInService(service: string, accountId: string): Statement {
  return {
    Effect: "Allow",
    Principal: { Service: service },
    Action: "sts:AssumeRole",
    Condition: { StringEquals: { "aws:SourceAccount": accountId } },
  };
}

/** Refuses whatever does not come over TLS. */
export function denyInsecureTransport(action: string | string[], resources: string[]): Statement {
  return {
    Sid: "DenyInsecureTransport",
    Effect: "Deny",
    Principal: "*",
    Action: action,
    Resource: resources,
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
}

/**
 * Refuses objects whose writer asks for another encryption than the bucket's own; most ask for none, and get that.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
 * @param objects their ARNs.
 * @param keyArn of the bucket's key, where it has one of the stack's.
 */
export function denyOtherEncryption(objects: string, keyArn: string | undefined): Statement[] {
  const KIND = "s3:x-amz-server-side-encryption";
  const KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id";
  const deny = (Sid: string, Condition: Statement["Condition"]): Statement => ({
    Sid,
    Effect: "Deny",
    Principal: "*",
    Action: "s3:PutObject",
    Resource: objects,
    ...(Condition && { Condition }),
  });
  const asked = (key: string, isAsked: boolean) => ({ [key]: String(!isAsked) });
  const kind = deny("DenyOtherEncryption", {
    StringNotEquals: { [KIND]: keyArn === undefined ? "AES256" : "aws:kms" },
    Null: asked(KIND, true),
  });
  if (keyArn === undefined) return [kind];
  return [
    kind,
    deny("DenyOtherKey", { StringNotEquals: { [KEY]: keyArn }, Null: asked(KEY, true) }),
    // S3 takes a key of AWS's then.
    deny("DenyUnnamedKey", { Null: { ...asked(KIND, true), ...asked(KEY, false) } }),
  ];
}
