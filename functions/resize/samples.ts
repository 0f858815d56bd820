/** Samples of 8 bits that the decoder gave in another way than pictures have them, put right in place. */

/** The first channels of samples that have more. */
export function keepChannels(data: Buffer, from: number, to: number): Buffer {
  let kept = 0;
  for (let pixel = 0; pixel < data.length; pixel += from)
    for (let channel = 0; channel < to; channel++) data[kept++] = data[pixel + channel] ?? 0;
  return data.subarray(0, kept);
}

/** As video stores it, from 16 to 235, to what pictures have, from 0 to 255. */
const STRETCHED = Uint8Array.from({ length: 256 }, (_, value) =>
  Math.max(0, Math.min(255, Math.round(((value - 16) * 255) / 219))),
);

export function stretchAlpha(data: Buffer, channels: number): void {
  if (channels !== 4) return;
  for (let at = 3; at < data.length; at += 4) data[at] = STRETCHED[data[at] ?? 0] ?? 0;
}

export function stretchColours(data: Buffer, channels: number): void {
  for (let at = 0; at < data.length; at += channels)
    for (let channel = at; channel < at + 3; channel++) data[channel] = STRETCHED[data[channel] ?? 0] ?? 0;
}

/** Colours that were multiplied with their transparency. */
export function divideByAlpha(data: Buffer, channels: number): void {
  if (channels !== 4) return;
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3] ?? 255;
    if (alpha === 0 || alpha === 255) continue;
    for (let channel = at; channel < at + 3; channel++)
      data[channel] = Math.min(255, Math.round(((data[channel] ?? 0) * 255) / alpha));
  }
}
