/** Which parts an upload is completed with, checked as S3 checks them. */
import { innerOfEach, textOf } from "../../http/xml.ts";
import { checksumText } from "./checksums.ts";
import { S3Error } from "./errors.ts";
import type { Part, Upload } from "./store.ts";

const MIN_PART_BYTES = 5 * 1024 * 1024;

interface Listed {
  number: number;
  etag: string;
  checksum: string | undefined;
}

/** The parts that a request to complete the upload lists, in order. @throws S3Error when they cannot become an object */
export function chosenParts(upload: Upload, xml: string): Part[] {
  const listed = innerOfEach(xml, "Part").map(
    (part): Listed => ({
      number: Number(textOf(part, "PartNumber")),
      etag: (textOf(part, "ETag") ?? "").replaceAll('"', ""),
      checksum: checksumText(part),
    }),
  );
  if (listed.length === 0) throw new S3Error("MalformedXML", "The request lists no parts.");
  if (listed.some(({ number }, index) => number <= (listed[index - 1]?.number ?? 0)))
    throw new S3Error("InvalidPartOrder", "The list of parts was not in ascending order.");
  return listed.map((part, index) => {
    const found = chosenPart(upload, part);
    if (index < listed.length - 1 && found.body.size < MIN_PART_BYTES)
      throw new S3Error("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size");
    return found;
  });
}

function chosenPart({ parts, algorithm, checksumType }: Upload, { number, etag, checksum }: Listed): Part {
  const part = parts.get(number);
  if (!part || part.etag !== `"${etag}"` || (checksum !== undefined && checksum !== part.checksum?.value))
    throw new S3Error(
      "InvalidPart",
      `Part ${number} could not be found, or its entity tag or its checksum does not match.`,
    );
  if (algorithm && checksumType === "COMPOSITE" && checksum === undefined)
    throw new S3Error(
      "InvalidRequest",
      `The upload was created using a ${algorithm} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
    );
  return part;
}
