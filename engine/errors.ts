/** What errors say. */

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Of an error of writing, such as that the disk is full, Node does not say where. */
export function atPath(error: unknown, path: string): unknown {
  const isOfWriting = error instanceof Error && "syscall" in error && error.syscall === "write";
  if (!isOfWriting) return error;
  error.message += ` '${path}'`;
  return Object.assign(error, { path });
}
