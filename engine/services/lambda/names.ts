/** What a function is called in requests and stacks: by its name, or by its ARN, with or without a qualifier. */

export interface FunctionName {
  name: string;
  /** A version or an alias, such as `$LATEST`. */
  qualifier: string | undefined;
}

/** `arn:aws:lambda:<region>:<account>:function:<name>[:<qualifier>]`, `<account>:function:<name>` or `<name>[:<qualifier>]`. */
export function parseFunctionName(nameOrArn: string): FunctionName {
  const parts = nameOrArn.split(":");
  const [name = nameOrArn, qualifier] = parts.slice(parts.indexOf("function") + 1);
  return { name, qualifier };
}
