/** Finding the multipart upload and the part that a request means. */
import type { MultipartUpload } from "./bucket.ts";
import { invalidArgument, S3Error } from "./errors.ts";
import type { S3Call } from "./request.ts";

/** The upload that the request names. Throws NoSuchUpload. */
export function findUpload({ bucket, key, request }: S3Call): MultipartUpload {
  const upload = bucket.uploads.get(request.query.get("uploadId") ?? "");
  if (upload?.key === key) return upload;
  throw new S3Error(
    "NoSuchUpload",
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    404,
  );
}

export function parsePartNumber(text: string | undefined): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 10_000) return number;
  throw invalidArgument(
    "Part number must be an integer between 1 and 10000, inclusive",
    "partNumber",
    text ?? "",
  );
}
