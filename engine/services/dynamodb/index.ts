/** DynamoDB in memory, behind the door. */
import type { DoorService } from "../../http/endpoint.ts";
import { type EmulatorAnswer, startEmulator } from "./emulator.ts";

export interface TableIndex {
  name: string;
  hashKey: string;
  rangeKey?: string;
  /** `ALL` when left out. */
  projectionType?: string;
  nonKeyAttributes?: string[];
}

export interface TableSettings {
  name: string;
  hashKey: string;
  rangeKey?: string;
  /** Every key attribute of the table and its indexes; the type is `S`, `N` or `B`. */
  attributes: { name: string; type: string }[];
  globalSecondaryIndexes?: TableIndex[];
}

export interface Tables {
  service: DoorService;
  createTable(settings: TableSettings): Promise<void>;
  stop(): Promise<void>;
}

export function createTables({ region }: { region: string }): Tables {
  const emulator = startEmulator(region);
  return {
    service: async (_request, response, call) => {
      const operation = call.operation ?? "";
      const answer = explained(operation, await emulator(operation, (await call.body()).toString("utf8")));
      response.writeHead(answer.status, answer.headers);
      response.end(answer.body);
    },
    createTable: async (settings) => {
      const answer = await emulator("CreateTable", JSON.stringify(createTableInput(settings)));
      if (answer.status !== 200) throw new Error(`Table ${settings.name} cannot be made: ${answer.body}`);
    },
    // Everything is in memory and nothing listens.
    stop: async () => undefined,
  };
}

/** dynalite answers an operation that it lacks with no word about which. */
function explained(operation: string, answer: EmulatorAnswer): EmulatorAnswer {
  if (!answer.body.includes("#UnknownOperationException")) return answer;
  const message = `This engine's DynamoDB does not have the operation ${operation}.`;
  const body = JSON.stringify({ __type: "com.amazon.coral.service#UnknownOperationException", message });
  return { status: answer.status, headers: { "content-type": "application/x-amz-json-1.0" }, body };
}

function createTableInput(settings: TableSettings): object {
  const { name, hashKey, rangeKey, attributes, globalSecondaryIndexes: indexes = [] } = settings;
  return {
    TableName: name,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: attributes.map((attribute) => ({
      AttributeName: attribute.name,
      AttributeType: attribute.type,
    })),
    KeySchema: keySchema(hashKey, rangeKey),
    ...(indexes.length > 0 && {
      GlobalSecondaryIndexes: indexes.map((index) => ({
        IndexName: index.name,
        KeySchema: keySchema(index.hashKey, index.rangeKey),
        Projection: {
          ProjectionType: index.projectionType ?? "ALL",
          ...(index.nonKeyAttributes?.length && { NonKeyAttributes: index.nonKeyAttributes }),
        },
      })),
    }),
  };
}

function keySchema(hashKey: string, rangeKey: string | undefined): object[] {
  const hash = { AttributeName: hashKey, KeyType: "HASH" };
  return rangeKey === undefined ? [hash] : [hash, { AttributeName: rangeKey, KeyType: "RANGE" }];
}
