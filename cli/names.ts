/** Names of executions and functions, as short as they are shown. */

/** The column that they are shown in. */
export const NAME_WIDTH = 24;

/** The start of a name, which people know the file by, and its end, which tells it from others of that name. */
export function shortName(name: string): string {
  return name.length <= NAME_WIDTH ? name : `${name.slice(0, NAME_WIDTH - 5)}…${name.slice(-4)}`;
}
