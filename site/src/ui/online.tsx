/** Being without a network: what is said, and what waits for its end. */
import { signal } from "@preact/signals";
import { onlineManager } from "@tanstack/preact-query";
import { WifiOff } from "lucide-preact";

const isOnline = signal(onlineManager.isOnline());
onlineManager.subscribe((isNow) => {
  isOnline.value = isNow;
});

export function OfflineBanner() {
  return (
    <div role="status">
      {!isOnline.value && (
        <p class="offline">
          <WifiOff aria-hidden="true" size={18} />
          You are offline. Uploads wait, and everything goes on by itself when you are back.
        </p>
      )}
    </div>
  );
}

export function useIsOnline(): boolean {
  return isOnline.value;
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
