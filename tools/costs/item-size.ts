/** How large DynamoDB says that an item is. */

/**
 * Names and values in UTF-8; numbers at two digits a byte; three bytes for a map or a list, and one for each of its elements.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemBytes(item: Record<string, unknown>): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + utf8(name) + valueBytes(value), 0);
}

function valueBytes(value: unknown): number {
  if (typeof value === "string") return utf8(value);
  if (typeof value === "number") return Math.ceil(String(value).replaceAll(/\D/g, "").length / 2) + 1;
  if (Array.isArray(value)) return value.reduce((sum: number, each) => sum + 1 + valueBytes(each), 3);
  if (typeof value === "object" && value !== null)
    return Object.entries(value).reduce((sum, [name, each]) => sum + 1 + utf8(name) + valueBytes(each), 3);
  return 1;
}

function utf8(text: string): number {
  return Buffer.byteLength(text);
}
