import type { SourceContext } from "../context.ts";
import { copyIntoCapture } from "../copy-object.ts";
import type { CopyOrder } from "../copy-order.ts";
import type { ManifestItem } from "../source-schema.ts";
import type { AuditVersion } from "./audit-versions.ts";

/** Copies one version to `destination`, unless it is there already. @throws Error as `copyIntoCapture`. */
export function copyVersion(
  context: SourceContext,
  version: AuditVersion,
  destination: string,
): Promise<ManifestItem> {
  return copyIntoCapture(context, copyOrder(context, version, destination));
}

export function copyOrder(context: SourceContext, version: AuditVersion, destination: string): CopyOrder {
  const { key, versionId, size, etag, lastModified } = version;
  return {
    source: "audit-logs",
    bucket: context.target.auditBucket,
    key,
    versionId,
    size,
    etag,
    lastModified,
    destination,
  };
}
