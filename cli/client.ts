/** SDK clients for an engine on this machine, for the commands that use it from the outside as anyone would. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SFNClient } from "@aws-sdk/client-sfn";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

export interface Clients {
  s3: S3Client;
  table: DynamoDBDocumentClient;
  states: SFNClient;
  close(): void;
}

/** Any key is good here. */
export const CREDENTIALS = { accessKeyId: "local", secretAccessKey: "local" };

export function connect({ endpoint, region }: { endpoint: string; region: string }): Clients {
  const config = { endpoint, region, credentials: CREDENTIALS };
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  const table = DynamoDBDocumentClient.from(new DynamoDBClient(config));
  const states = new SFNClient(config);
  return {
    s3,
    table,
    states,
    close: () => {
      for (const client of [s3, table, states]) client.destroy();
    },
  };
}
