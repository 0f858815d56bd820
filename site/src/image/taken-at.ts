const format = new Intl.DateTimeFormat("en", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" });

/** Cameras know their own time, and seldom where on Earth that is: it is shown as it is written. */
export function takenAtText(takenAt: string): string {
  const [, date, time] = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)/.exec(takenAt) ?? [];
  return date && time ? format.format(new Date(`${date}T${time}:00Z`)) : takenAt;
}
