import { describe, expect, test } from "@jest/globals";
import { encodeForSigning } from "../../src/evidence/attestation/envelope.ts";
import { itemLeaves, MOST_SUBJECTS, proveItem } from "../../src/evidence/attestation/statement.ts";
import type { Manifest } from "../../src/evidence/manifest.ts";
import { verifyEnvelope } from "../../src/verify/attestation.ts";
import { includes, merkleRootOf } from "../../src/verify/merkle.ts";
import { renderManifest } from "../support/manifest-bytes.ts";
import { makeSigner, manifestOf } from "../support/sealed.ts";

const signer = makeSigner();
const manifest = manifestOf(40);
const bytes = renderManifest(manifest);
const envelope = signer.envelope(manifest);

const outcomes = (
  manifestBytes: Buffer,
  envelopeBytes: Buffer,
  pem: string | undefined = signer.publicKeyPem,
) =>
  Object.fromEntries(
    verifyEnvelope(manifestBytes, envelopeBytes, pem).map(({ code, outcome }) => [code, outcome]),
  );

/** The envelope with another statement in it, under the old signature. */
function edited(edit: (statement: Record<string, never>) => unknown): Buffer {
  const parsed = JSON.parse(String(envelope)) as { payload: string };
  const statement = JSON.parse(String(Buffer.from(parsed.payload, "base64")));
  edit(statement);
  return Buffer.from(
    JSON.stringify({ ...parsed, payload: Buffer.from(JSON.stringify(statement)).toString("base64") }),
  );
}

describe("the pre-authentication encoding", () => {
  test("is the one of the DSSE protocol, with lengths in bytes", () => {
    expect(String(encodeForSigning(Buffer.from("hé")))).toBe("DSSEv1 28 application/vnd.in-toto+json 3 hé");
  });
});

describe("an untouched envelope", () => {
  test.each(["ec", "rsa"] as const)("signed with an %s key holds", (kind) => {
    const other = makeSigner(kind);
    expect(outcomes(bytes, other.envelope(manifest), other.publicKeyPem)).toEqual({
      "envelope-signature": "holds",
      "statement-manifest": "holds",
    });
  });

  test.each([0, 1, MOST_SUBJECTS, MOST_SUBJECTS + 1])(
    "of %d items holds; beyond the limit by a Merkle root",
    (count) => {
      const large = manifestOf(count);
      const made = signer.envelope(large);
      expect(outcomes(renderManifest(large), made)).toEqual({
        "envelope-signature": "holds",
        "statement-manifest": "holds",
      });
      const { subject } = JSON.parse(String(Buffer.from(JSON.parse(String(made)).payload, "base64")));
      expect(subject).toHaveLength(count > MOST_SUBJECTS ? 2 : count + 1);
    },
  );

  test("without a key is about this manifest, and unchecked", () => {
    expect(verifyEnvelope(bytes, envelope)[0]).toMatchObject({
      outcome: "unchecked",
      code: "envelope-signature",
    });
    expect(outcomes(bytes, envelope, "no key")).toMatchObject({ "envelope-signature": "unchecked" });
  });
});

describe("tampering", () => {
  test("another key's signature is found", () => {
    expect(outcomes(bytes, makeSigner().envelope(manifest))).toMatchObject({
      "envelope-signature": "problem",
    });
    expect(outcomes(bytes, makeSigner("rsa").envelope(manifest))).toMatchObject({
      "envelope-signature": "problem",
    });
  });

  test.each<[string, (statement: never) => unknown]>([
    [
      "a subject's digest",
      ({ subject }: { subject: { digest: object }[] }) =>
        Object.assign(subject[3] ?? {}, { digest: { sha256: "0".repeat(64) } }),
    ],
    ["a subject dropped", ({ subject }: { subject: object[] }) => subject.pop()],
    ["two subjects swapped", ({ subject }: { subject: object[] }) => subject.push(...subject.splice(1, 1))],
    ["the verdict", ({ predicate }: { predicate: object }) => Object.assign(predicate, { complete: false })],
    [
      "the label",
      ({ predicate }: { predicate: object }) =>
        Object.assign(predicate, { label: { name: "label.json", sha256: "0".repeat(64) } }),
    ],
    [
      "the ledger's head",
      ({ predicate }: { predicate: object }) => Object.assign(predicate, { ledgerHead: "0".repeat(64) }),
    ],
    [
      "the root",
      ({ predicate }: { predicate: { items: object } }) =>
        Object.assign(predicate.items, { merkleRoot: "0".repeat(64) }),
    ],
  ])("%s edited in the payload is found twice: by the signature, and by what it says", (_what, edit) => {
    expect(outcomes(bytes, edited(edit as (statement: Record<string, never>) => unknown))).toEqual({
      "envelope-signature": "problem",
      "statement-manifest": "problem",
    });
  });

  test.each<[string, (copy: Manifest) => void]>([
    ["an item dropped", (copy) => copy.items.pop()],
    [
      "an item renamed",
      (copy) => Object.assign(copy.items[2] ?? {}, { key: "incidents/INC-42/captures/7001/x" }),
    ],
    ["an item's digest", (copy) => Object.assign(copy.items[2] ?? {}, { sha256: "0".repeat(64) })],
    ["an item's size", (copy) => Object.assign(copy.items[6] ?? {}, { size: 1 })],
    ["the verdict", (copy) => Object.assign(copy, { complete: false })],
  ])("%s edited in the manifest is found", (_what, edit) => {
    const copy = structuredClone(manifest);
    edit(copy);
    expect(outcomes(renderManifest(copy), envelope)).toMatchObject({ "statement-manifest": "problem" });
  });

  test("every flipped byte of the envelope's payload and signature is found", () => {
    const { payload, signatures, payloadType } = JSON.parse(String(envelope));
    const missed: string[] = [];
    const check = (name: string, forged: object) => {
      const found = verifyEnvelope(bytes, Buffer.from(JSON.stringify(forged)), signer.publicKeyPem);
      if (!found.some(({ outcome }) => outcome === "problem")) missed.push(name);
    };
    const raw = Buffer.from(payload, "base64");
    for (let at = 0; at < raw.length; at += 23) {
      const flipped = Buffer.from(raw);
      flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at);
      check(`payload ${at}`, { payload: flipped.toString("base64"), payloadType, signatures });
    }
    const [{ keyid, sig }] = signatures;
    for (let at = 0; at < Buffer.from(sig, "base64").length; at += 1) {
      const flipped = Buffer.from(sig, "base64");
      flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at);
      check(`signature ${at}`, {
        payload,
        payloadType,
        signatures: [{ keyid, sig: flipped.toString("base64") }],
      });
    }
    expect(missed).toEqual([]);
  });

  test.each(["", "null", "{}", "[]", '{"payload":"","payloadType":"text/plain","signatures":[]}'])(
    "%j is no envelope",
    (text) => {
      expect(outcomes(bytes, Buffer.from(text))).toEqual({ "envelope-format": "problem" });
    },
  );
});

describe("proofs that an item is among those sealed", () => {
  test.each([1, 2, 3, 5, 8, 13, 40])("hold for every one of %d items and for no other leaf", (count) => {
    const some = manifestOf(count);
    const leaves = itemLeaves(some);
    const root = merkleRootOf(leaves);
    const statement = JSON.parse(
      String(Buffer.from(JSON.parse(String(signer.envelope(some))).payload, "base64")),
    );
    expect(statement.predicate.items.merkleRoot).toBe(root);
    for (const [index, { key }] of some.items.entries()) {
      const proof = proveItem(some, key);
      if (!proof) throw new Error(`no proof for ${key}`);
      expect([proof.leaf, proof.index, proof.treeSize]).toEqual([leaves[index], index, count]);
      expect(includes(root, proof)).toBe(true);
      expect(includes(root, { ...proof, leaf: `${proof.leaf}x` })).toBe(false);
      expect(includes(root, { ...proof, index: index + 1 })).toBe(false);
      expect(includes(root, { ...proof, hashes: [...proof.hashes, "0".repeat(64)] })).toBe(false);
      if (count > 1) expect(includes(root, { ...proof, hashes: proof.hashes.slice(1) })).toBe(false);
    }
    expect(proveItem(some, "nowhere")).toBeUndefined();
  });

  test("the roots are those of RFC 9162", () => {
    // The test vectors of the Certificate Transparency reference implementation, for leaves that are text.
    expect(merkleRootOf([])).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(merkleRootOf([""])).toBe("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    expect(merkleRootOf(["", "\u0000"])).toBe(
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    );
    expect(merkleRootOf(["", "\u0000", "\u0010"])).toBe(
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    );
  });
});
