/** XML as S3 and STS speak it. */
import { XMLBuilder, XMLParser } from "fast-xml-parser";
import { AwsError } from "./errors.ts";

export type XmlValue =
  | string
  | number
  | boolean
  | undefined
  | XmlObject
  | readonly XmlObject[]
  | readonly string[];
/** Members that are undefined are left out; an array repeats its element. */
export type XmlObject = { readonly [element: string]: XmlValue };

const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  suppressBooleanAttributes: false,
});
const parser = new XMLParser({ parseTagValue: false, ignoreDeclaration: true, removeNSPrefix: true });

/** A whole document with one root element. `namespace` becomes its `xmlns`. */
export function renderXml(root: string, content: XmlObject, namespace?: string): string {
  const attributes = namespace === undefined ? {} : { "@xmlns": namespace };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build({ [root]: { ...attributes, ...defined(content) } })}`;
}

/** The members of the root element. Throws MalformedXML when the text is no such document. */
export function parseXml(text: string, root: string): Record<string, unknown> {
  const document: unknown = tryParse(text);
  const content = isObject(document) ? document[root] : undefined;
  if (content === "") return {};
  if (isObject(content)) return content;
  throw malformedXml();
}

export function malformedXml(): AwsError {
  return new AwsError(
    "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our published schema",
  );
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function tryParse(text: string): unknown {
  try {
    return parser.parse(text, true);
  } catch {
    return null;
  }
}

function defined(content: XmlObject): XmlObject {
  return Object.fromEntries(
    Object.entries(content)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, clean(value)]),
  );
}

function clean(value: XmlValue): XmlValue {
  if (Array.isArray(value))
    return value.map((item) => (isObject(item) ? defined(item as XmlObject) : item)) as XmlValue;
  return isObject(value) ? defined(value as XmlObject) : value;
}
