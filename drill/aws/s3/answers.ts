/** Answers in S3's XML. */
import type { Answer } from "../call.ts";
import { renderXml, type XmlObject } from "../xml.ts";
import { type Checksum, elementName } from "./checksums.ts";

const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

/** A successful answer with an XML document. */
export function xmlAnswer(
  root: string,
  content: XmlObject,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status: 200,
    headers: { "content-type": "application/xml", ...headers },
    body: renderXml(root, content, NAMESPACE),
  };
}

export function checksumElements({ algorithm, value, type }: Checksum): XmlObject {
  return { [elementName(algorithm)]: value, ChecksumType: type };
}
