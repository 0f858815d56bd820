/** Something in the synthesized file that the engine cannot work with. */
export class StackError extends Error {
  override name = "StackError";
}
