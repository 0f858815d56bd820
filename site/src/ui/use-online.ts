import { onlineManager } from "@tanstack/preact-query";
import { useSyncExternalStore } from "preact/compat";

export function useOnline(): boolean {
  return useSyncExternalStore(
    (listener) => onlineManager.subscribe(listener),
    () => onlineManager.isOnline(),
  );
}

export function untilOnline(): Promise<void> {
  if (onlineManager.isOnline()) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = onlineManager.subscribe(() => {
      stop();
      resolve();
    });
  });
}
