/** Runs a synthesized stack on one machine. What is not exported here is the engine's own business. */
export type { EngineEvents } from "./context.ts";
export { type Engine, type EngineOptions, startEngine } from "./engine.ts";
export { FaultSyntaxError, faultText, parseFault } from "./fault-syntax.ts";
export { type Fault, Faults } from "./faults.ts";
export type { CallEvent } from "./http/endpoint.ts";
export { PortTakenError } from "./http/server.ts";
export type { RoleGrant } from "./iam/index.ts";
export { DataFolderError } from "./journal.ts";
export type { TestUser } from "./services/cognito/index.ts";
export { SERVICES } from "./services/index.ts";
export type { LogLine } from "./services/lambda/events.ts";
export type { ExecutionEvent, ExecutionView as Execution } from "./services/step-functions/events.ts";
export { readStack, StackError } from "./stack/read.ts";
