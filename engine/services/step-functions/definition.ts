/** A state machine definition made ready for the interpreter: checked, and with what AWS does differently evened out. */
import { StateMachine, type StateMachineDefinition } from "aws-local-stepfunctions";
import { messageOf } from "../../errors.ts";
import { StackError } from "../../stack-error.ts";

type States = StateMachineDefinition["States"];
export type State = States[string];

/** The interpreter's timers hold 24 days; AWS's default for a task is 99,999,999 seconds. */
export const LONGEST_TIMEOUT_SECONDS = 2_000_000;

/**
 * Reads an Amazon States Language document.
 *
 * `retryScale` stretches or shrinks the waits before retries: 1 waits as AWS does, 0 not at all.
 *
 * @throws StackError when it is not valid or asks for something the interpreter does not have.
 */
export function readDefinition(text: string, retryScale: number): StateMachineDefinition {
  const definition = parse(text);
  try {
    // The validator compiles its schemas each time, which takes a third of a second.
    if (!valid.has(text)) new StateMachine(definition);
    valid.add(text);
  } catch (error) {
    throw new StackError(messageOf(error));
  }
  for (const [name, state] of allStates(definition)) prepare(name, state, retryScale);
  return definition;
}

/** Texts that were found valid. */
const valid = new Set<string>();

/** Every state, those inside Parallel states included; a name is unique in the whole definition. */
export function allStates(definition: Pick<StateMachineDefinition, "States">): [name: string, State][] {
  return Object.entries(definition.States).flatMap(([name, state]) => [
    [name, state] as [string, State],
    ...(state.Type === "Parallel" ? state.Branches.flatMap(allStates) : []),
  ]);
}

/**
 * A copy of the definition that tells whenever a state is entered, at that very moment: the interpreter looks a state
 * up by its name once, just before it works out the state's input.
 */
export function watched(
  definition: StateMachineDefinition,
  onEnter: (name: string) => void,
): StateMachineDefinition {
  const copy = <D extends Pick<StateMachineDefinition, "States">>(part: D): D => ({
    ...part,
    States: Object.defineProperties(
      {},
      Object.fromEntries(
        Object.entries(part.States).map(([name, state]) => {
          const inner = copyInner(state);
          const get = () => {
            onEnter(name);
            return inner;
          };
          return [name, { enumerable: true, get }];
        }),
      ),
    ),
  });
  const copyInner = (state: State): State =>
    state.Type === "Parallel" ? { ...state, Branches: state.Branches.map(copy) } : state;
  return copy(definition);
}

function parse(text: string): StateMachineDefinition {
  let definition: unknown;
  try {
    definition = JSON.parse(text);
  } catch (error) {
    throw new StackError(`It is not JSON: ${messageOf(error)}`);
  }
  if (!isDefinition(definition)) throw new StackError("It has no States.");
  if (text.includes('"JSONata"')) throw new StackError("It uses JSONata, which is not supported here.");
  return definition;
}

function isDefinition(value: unknown): value is StateMachineDefinition {
  return typeof value === "object" && value !== null && "States" in value && "StartAt" in value;
}

/** @throws StackError for a kind of state that is not here. */
function prepare(name: string, state: State, retryScale: number): void {
  if (state.Type === "Map")
    throw new StackError(`The state "${name}" is a Map, which is not supported here.`);
  if (state.Type === "Task" && state.TimeoutSecondsPath === undefined) {
    state.TimeoutSeconds = Math.min(state.TimeoutSeconds ?? LONGEST_TIMEOUT_SECONDS, LONGEST_TIMEOUT_SECONDS);
  }
  // The interpreter takes "$" for the name of a field; without a path it does what "$" means.
  if ("ResultPath" in state && state.ResultPath === "$") delete state.ResultPath;
  for (const catcher of ("Catch" in state && state.Catch) || []) {
    if (catcher.ResultPath === "$") delete catcher.ResultPath;
  }
  for (const retrier of ("Retry" in state && state.Retry) || []) {
    retrier.IntervalSeconds = (retrier.IntervalSeconds ?? 1) * retryScale;
    if (retrier.MaxDelaySeconds !== undefined) retrier.MaxDelaySeconds *= retryScale;
  }
}
