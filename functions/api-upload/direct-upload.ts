/** A file in the request itself: as a form, or as the whole body. */
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { bodyBytes } from "../api/api.ts";
import { MAX_DIRECT_BYTES, type QueryOf, routes } from "../api/contract.ts";
import { Problem } from "../api/problem.ts";
import { acceptedOrRefusal, type Takes } from "../shared/file-type.ts";
import { plainWords } from "../shared/plain-words.ts";

export interface DirectUpload {
  bytes: Buffer;
  contentType: string;
  fileName: string;
  name?: string | undefined;
  caption?: string | undefined;
  tags?: string[] | undefined;
  expiresAt?: string | undefined;
  focus?: string | undefined;
  preset?: string | undefined;
}

/** @throws Problem (400, 413, 415) */
export async function directUpload(
  event: APIGatewayProxyEventV2,
  query: QueryOf<"POST /images">,
  takes: Takes,
): Promise<DirectUpload> {
  const contentType = event.headers["content-type"] ?? "";
  const body = bodyBytes(event);
  const upload = /^multipart\/form-data\b/i.test(contentType)
    ? await fromForm(body, contentType, query)
    : fromBody(body, contentType, query, takes);
  if (upload.bytes.length === 0) throw new Problem(400, "The file is empty. Send one with an image in it.");
  if (upload.bytes.length > MAX_DIRECT_BYTES)
    throw new Problem(
      413,
      `Files of more than ${MAX_DIRECT_BYTES.toLocaleString("en-US")} bytes cannot be sent this way. Use POST /uploads, and send the file to the address that it gives.`,
    );
  return upload;
}

function fromBody(
  bytes: Buffer,
  contentType: string,
  query: QueryOf<"POST /images">,
  takes: Takes,
): DirectUpload {
  const [type = ""] = contentType.toLowerCase().split(";");
  if (!/^image\/[a-z0-9.+-]+$/.test(type.trim())) {
    const found = acceptedOrRefusal(bytes, query.fileName ?? "", takes);
    const refusal = "refusal" in found ? `${found.refusal} ` : "";
    throw new Problem(
      415,
      `${refusal}Send the image as the body, with its content type (image/…), or as multipart/form-data.`,
    );
  }
  const fileName = query.fileName ?? `image.${type.trim().slice("image/".length)}`;
  return { bytes, contentType: type.trim(), ...query, fileName };
}

async function fromForm(
  bytes: Buffer,
  contentType: string,
  query: QueryOf<"POST /images">,
): Promise<DirectUpload> {
  const form = await new Response(new Uint8Array(bytes), { headers: { "content-type": contentType } })
    .formData()
    .catch(() => {
      throw new Problem(
        400,
        "The form cannot be read. Send multipart/form-data, with the image in the field file.",
      );
    });
  const file = form.get("file");
  if (!(file instanceof File))
    throw new Problem(400, 'The form has no file. Put the image into the field "file".');
  const texts = {
    fileName: query.fileName ?? (file.name || undefined),
    name: query.name ?? textIn(form, "name"),
    caption: query.caption ?? textIn(form, "caption"),
    tags: query.tags?.join(",") ?? textIn(form, "tags"),
    expiresAt: query.expiresAt ?? textIn(form, "expiresAt"),
    focus: query.focus ?? textIn(form, "focus"),
    preset: query.preset ?? textIn(form, "preset"),
  };
  const parsed = routes["POST /images"].query.safeParse(texts, { error: plainWords });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Problem(400, `The form is wrong: "${issue?.path.join(".")}" ${issue?.message}.`);
  }
  return {
    bytes: Buffer.from(await file.arrayBuffer()),
    contentType: file.type || "application/octet-stream",
    ...parsed.data,
    fileName: parsed.data.fileName ?? "image",
  };
}

function textIn(form: FormData, field: string): string | undefined {
  const value = form.get(field);
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}
