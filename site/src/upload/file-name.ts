/** "Holiday in Bern.JPG" is called "Holiday in Bern" until somebody gives it a better name. */
export function nameFromFile(fileName: string): string {
  const name = fileName.replace(/\.[A-Za-z0-9]{2,5}$/, "").trim();
  return (name || fileName).slice(0, 200);
}
