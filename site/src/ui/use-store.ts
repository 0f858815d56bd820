import { useSyncExternalStore } from "preact/compat";
import type { Store } from "./store.ts";

export function useStore<Value>(store: Store<Value>): Value {
  return useSyncExternalStore(store.subscribe, store.get);
}
