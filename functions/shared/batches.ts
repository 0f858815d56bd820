/** In their order, as many together as fit into `room`; what does not fit is alone. */
export function batchesThatFit<Item>(items: Item[], sizeOf: (item: Item) => number, room: number): Item[][] {
  const batches: Item[][] = [];
  let left = 0;
  for (const item of items) {
    const size = sizeOf(item);
    const batch = batches.at(-1);
    if (batch && size <= left) batch.push(item);
    else batches.push([item]);
    left = (batch && size <= left ? left : room) - size;
  }
  return batches;
}
