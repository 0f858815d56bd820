import { useEffect, useState } from "preact/hooks";
import { relativeText } from "./text.ts";

const full = new Intl.DateTimeFormat("en", { dateStyle: "long", timeStyle: "short" });

/** "3 minutes ago", which stays true; the full date is its title. */
export function TimeText({ instant }: { instant: string }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <time dateTime={instant} title={full.format(new Date(instant))}>
      {relativeText(instant, now)}
    </time>
  );
}
