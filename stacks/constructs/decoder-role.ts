/**
 * What may be done with originals and staged pixels by the steps that open what strangers sent. They have no such rights themselves: whoever
 * starts an execution takes this role on, confined to the execution's own image, and hands that over.
 */
import { Construct } from "constructs";
import { decoderRoleName } from "./boundary.ts";
import type { Grantee } from "./encryption-key.ts";
import type { IsolatedNetwork } from "./isolated-network.ts";
import type { NodeFunction } from "./node-function.ts";
import type { Statement } from "./policy.ts";
import { Role, type RoleDefaults } from "./role.ts";

export type DecoderRoleOptions = RoleDefaults & {
  namePrefix: string;
  /** Where the steps run, which has to let through what they may. */
  network: IsolatedNetwork | undefined;
};

export class DecoderRole extends Construct implements Grantee {
  readonly #role: Role;
  readonly #trust: Statement[] = [];

  constructor(scope: Construct, id: string, options: DecoderRoleOptions) {
    super(scope, id);
    const { namePrefix, network } = options;
    this.#role = new Role(this, {
      ...options,
      name: decoderRoleName(namePrefix),
      description: "What an execution may do with its image, for an hour",
      trust: this.#trust,
    });
    network?.letThrough(this.#role);
  }

  allow(actions: string[], resources: string[], condition?: Statement["Condition"]): void {
    this.#role.allow(actions, resources, condition);
  }

  /** Lets a function hand it over. */
  grantAssume(starter: NodeFunction): void {
    this.#trust.push({
      Effect: "Allow",
      Principal: { AWS: starter.roleArn },
      Action: "sts:AssumeRole",
    });
    starter.allow(["sts:AssumeRole"], [this.#role.arn]);
    starter.addEnvironment({ DECODER_ROLE_ARN: this.#role.arn });
  }
}
