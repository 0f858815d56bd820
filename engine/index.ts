/** Runs a synthesized stack on one machine. What is not exported here is the engine's own business. */

export { type Engine, type EngineOptions, startEngine } from "./engine.ts";
export type {
  CallEvent,
  EngineEvents,
  ExecutionEvent,
  ExecutionView as Execution,
  LogLine,
} from "./events.ts";
export { FaultSyntaxError, faultText, parseFault } from "./fault-syntax.ts";
export { type Fault, Faults } from "./faults.ts";
export { PortTakenError } from "./http/server.ts";
export type { RoleGrant } from "./iam/index.ts";
export { DataFolderError } from "./journal.ts";
export { makeOwnFolder } from "./own-folder.ts";
export type { TestUser } from "./services/cognito/index.ts";
export { SERVICES } from "./services/index.ts";
export { readStack } from "./stack/read.ts";
export { StackError } from "./stack-error.ts";
