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

/** Lets a service assume a role. */
export function trustPolicyJson(service: string, condition?: Statement["Condition"]): string {
  return policyJson([
    {
      Effect: "Allow",
      Principal: { Service: service },
      Action: "sts:AssumeRole",
      ...(condition && { Condition: condition }),
    },
  ]);
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
