import { WifiOff } from "lucide-preact";
import { useOnline } from "../ui/use-online.ts";

export function OfflineBanner() {
  const isOnline = useOnline();
  return (
    <div role="status">
      {!isOnline && (
        <p class="offline">
          <WifiOff aria-hidden="true" size={18} />
          You are offline. Uploads wait, and everything goes on by itself when you are back.
        </p>
      )}
    </div>
  );
}
