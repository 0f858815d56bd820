/**
 * The thread that decodes one HEIC: libheif, compiled to WebAssembly. It is a library of its own (LGPL), in files that can be replaced,
 * and is loaded here only. https://github.com/strukturag/libheif/blob/master/libheif/api/libheif/heif.h
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import type { Cicp } from "../validate/cicp.ts";

export interface HeicRequest {
  bytes: Uint8Array;
  /** Left free before the pixels. */
  headBytes: number;
  maxPixels: number;
}

export type HeicAnswer = HeicPixels | { damage: string };

interface HeicPixels {
  /** `headBytes`, and rows of 8-bit samples. */
  file: ArrayBuffer;
  width: number;
  height: number;
  channels: 3 | 4;
  isPremultiplied: boolean;
  cicp: Cicp | undefined;
}

/** The functions of libheif that are called here. Pointers, and what lies there, are numbers of 32 bits. */
interface Libheif {
  HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _heif_context_alloc(): number;
  _heif_context_get_security_limits(context: number): number;
  _heif_context_read_from_memory_without_copy(
    error: number,
    context: number,
    bytes: number,
    length: number,
    options: number,
  ): void;
  _heif_context_get_primary_image_handle(error: number, context: number, handle: number): void;
  _heif_image_handle_has_alpha_channel(handle: number): number;
  _heif_image_handle_is_premultiplied_alpha(handle: number): number;
  _heif_image_handle_get_nclx_color_profile(error: number, handle: number, profile: number): void;
  _heif_decoding_options_alloc(): number;
  _heif_decode_image(
    error: number,
    handle: number,
    image: number,
    colourSpace: number,
    chroma: number,
    options: number,
  ): void;
  _heif_image_get_width(image: number, channel: number): number;
  _heif_image_get_height(image: number, channel: number): number;
  _heif_image_get_plane_readonly2(image: number, channel: number, stride: number): number;
}

const RGB_COLOUR_SPACE = 1;
const INTERLEAVED = 10;
const CHROMA = { 3: 10, 4: 11 };
/** Of `heif_security_limits`, the largest picture; of `heif_decoding_options`, whether damage is an error. */
const MAX_PIXELS_AT = 8;
const STRICT_AT = 21;

/** What libheif says of the file. */
class Damage extends Error {}

function decode(heif: Libheif, { bytes, headBytes, maxPixels }: HeicRequest): HeicPixels {
  // The memory is another one whenever it has grown.
  const view = () => new DataView(heif.HEAPU8.buffer);
  const error = heif._malloc(12);
  const result = heif._malloc(4);
  const checked = () => {
    if (view().getInt32(error, true) !== 0) throw new Damage(textAt(heif, view().getUint32(error + 8, true)));
    return view().getUint32(result, true);
  };
  const context = heif._heif_context_alloc();
  const limits = heif._heif_context_get_security_limits(context);
  view().setBigUint64(limits + MAX_PIXELS_AT, BigInt(maxPixels), true);
  const file = heif._malloc(bytes.length);
  heif.HEAPU8.set(bytes, file);
  heif._heif_context_read_from_memory_without_copy(error, context, file, bytes.length, 0);
  checked();
  heif._heif_context_get_primary_image_handle(error, context, result);
  const handle = checked();
  const channels = heif._heif_image_handle_has_alpha_channel(handle) ? 4 : 3;
  const options = heif._heif_decoding_options_alloc();
  view().setUint8(options + STRICT_AT, 1);
  heif._heif_decode_image(error, handle, result, RGB_COLOUR_SPACE, CHROMA[channels], options);
  const image = checked();
  const width = heif._heif_image_get_width(image, INTERLEAVED);
  const height = heif._heif_image_get_height(image, INTERLEAVED);
  const stride = heif._malloc(4);
  const plane = heif._heif_image_get_plane_readonly2(image, INTERLEAVED, stride);
  const rowBytes = view().getUint32(stride, true);
  const rows = new Uint8Array(headBytes + width * height * channels);
  for (let row = 0; row < height; row++) {
    const at = plane + row * rowBytes;
    rows.set(heif.HEAPU8.subarray(at, at + width * channels), headBytes + row * width * channels);
  }
  heif._heif_image_handle_get_nclx_color_profile(error, handle, result);
  const hasCicp = view().getInt32(error, true) === 0;
  const isPremultiplied = heif._heif_image_handle_is_premultiplied_alpha(handle) !== 0;
  const cicp = hasCicp ? cicpAt(view(), view().getUint32(result, true)) : undefined;
  return { file: rows.buffer, width, height, channels, isPremultiplied, cicp };
}

/** A new one each time: it starts at once. */
function load(): Libheif {
  const require = createRequire(import.meta.url);
  const wasmBinary = readFileSync(require.resolve("libheif-js/libheif-wasm/libheif.wasm"));
  return require("libheif-js/libheif-wasm/libheif.js")({ wasmBinary });
}

function textAt({ HEAPU8 }: Libheif, start: number): string {
  return Buffer.from(HEAPU8.subarray(start, HEAPU8.indexOf(0, start))).toString("utf8");
}

/** `heif_color_profile_nclx`: a version, and three numbers. */
function cicpAt(view: DataView, at: number): Cicp {
  const [primaries = 0, transfer = 0, matrix = 0] = [4, 8, 12].map((offset) =>
    view.getUint32(at + offset, true),
  );
  return { primaries, transfer, matrix };
}

function answer(request: HeicRequest): HeicAnswer {
  const heif = load();
  try {
    return decode(heif, request);
  } catch (error) {
    if (isAboutMemory(error)) throw error;
    // What C++ throws and does not catch comes as a number. That, and bytes that lead WebAssembly astray, are of the file.
    return { damage: error instanceof Error ? error.message : "libheif threw an exception." };
  }
}

/** Memory that is not there is no fault of a file. */
function isAboutMemory(error: unknown): boolean {
  if (error instanceof Damage || !(error instanceof Error)) return false;
  return /OOM|out of memory|allocation failed|array length/i.test(error.message);
}

const made = answer(workerData);
parentPort?.postMessage(made, "file" in made ? [made.file] : []);
